/** Where the schema registry is, and as whom it is asked. */
import { UsageError } from '../../usage-error.ts';

export interface SchemaSettings {
  /** Ends with a slash; without user and password. */
  readonly url: string;
  /** The header; never shown. */
  readonly authorization: string | null;
}

/** http(s)://user:password@host:port/path. The password may not be shown, so neither is the text. `what`: who gave it. */
export function schemaSettings(given: string | undefined, what = 'KAFKA_SCHEMA_REGISTRY'): SchemaSettings | null {
  if (given === undefined || given.trim() === '') return null;
  const hint = 'http://host:port, or https://user:password@host:port/path';
  const url = URL.canParse(given.trim()) ? new URL(given.trim()) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new UsageError(`${what} is no address`, hint);
  const { username, password, origin, pathname } = url;
  const secret = [username, password].map(plain).join(':');
  return {
    url: `${origin}${pathname.replace(/\/*$/, '/')}`,
    authorization: secret === ':' ? null : `Basic ${Buffer.from(secret).toString('base64')}`,
  };
}

/** A sign of percent that stands for itself. */
function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
