/** Where events go: what lockstep.yml says, and for what it leaves out the variables that clients of OpenLineage know. */
import { resolve } from 'node:path';
import type { LineageTexts } from '../../../compiler/authoring/lineage.ts';
import { UsageError } from '../../usage-error.ts';
import { type Environment, fromEnvironment } from '../../warehouse/environment.ts';

export type Receiver =
  | { readonly kind: 'server'; readonly url: URL; readonly apiKey: string | null }
  | { readonly kind: 'file'; readonly path: string; readonly shown: string };

export interface LineageSettings {
  readonly receiver: Receiver;
  /** Null: nobody chose one. */
  readonly namespace: string | null;
}

/** Null: nobody is to be told. UsageError: what is said does not do. `folder`: of the project. */
export function settingsOf(texts: LineageTexts, folder: string, environment: Environment): LineageSettings | null {
  if (/^true$/i.test(environment['OPENLINEAGE_DISABLED'] ?? '')) return null;
  const said = (text: string | null, key: string, variable: string): string | null => {
    const value = text === null ? environment[variable] : fromEnvironment(text, `${key} of lineage`, environment);
    return value === undefined || value.trim() === '' ? null : value.trim();
  };
  const namespace = said(texts.namespace, 'namespace', 'OPENLINEAGE_NAMESPACE');
  if (texts.file !== null)
    return { receiver: { kind: 'file', path: resolve(folder, fileName(texts.file, environment)), shown: texts.file }, namespace };
  const url = said(texts.url, 'url', 'OPENLINEAGE_URL');
  if (url === null) return null;
  const endpoint = said(texts.endpoint, 'endpoint', 'OPENLINEAGE_ENDPOINT') ?? 'api/v1/lineage';
  const apiKey = said(texts.apiKey, 'api_key', 'OPENLINEAGE_API_KEY');
  if (apiKey !== null && /[^\x21-\x7e]/.test(apiKey)) throw new UsageError('the API key of lineage has letters that no header may have');
  return { receiver: { kind: 'server', url: addressOf(url, endpoint), apiKey }, namespace };
}

const fileName = (text: string, environment: Environment): string => fromEnvironment(text, 'file of lineage', environment);

/** The endpoint is put in place as clients do it; the key goes to that very server. */
function addressOf(server: string, endpoint: string): URL {
  const base = URL.canParse(server) ? new URL(server) : null;
  if (base === null || !/^https?:$/.test(base.protocol)) throw new UsageError('the URL of lineage is no address that begins with https://');
  if (base.username !== '' || base.password !== '')
    throw new UsageError('the URL of lineage has a user or a password in it', 'a server that asks for a key gets `api_key`');
  const url = URL.canParse(endpoint, base.href) ? new URL(endpoint, base) : null;
  if (url === null || url.origin !== base.origin) throw new UsageError('the endpoint of lineage is no path of its server');
  return url;
}
