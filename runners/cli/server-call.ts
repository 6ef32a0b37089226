/** Requests to a running `lockstep serve`. LOCKSTEP_API_KEY is the key, if it asks for one. */
import { UsageError } from '../usage-error.ts';

// biome-ignore lint/suspicious/noExplicitAny: each route has its own, as GET /openapi.json says.
export type Said = any;

/** The server was reached, and said no. */
export interface Refusal {
  readonly type: string;
  readonly message: string;
  readonly hint: string | undefined;
}

const hints: Readonly<Record<string, string>> = {
  AUTHEXCEPTION: 'LOCKSTEP_API_KEY must hold a key that the server knows',
  FORBIDDEN: 'LOCKSTEP_API_KEY must hold a key of that role',
};

export async function callServer(url: string, method: string, path: string, body?: object): Promise<Said> {
  const { refusal, said } = await askServer(url, method, path, body);
  if (refusal !== null) throw new UsageError(refusal.message, refusal.hint);
  return said;
}

export async function askServer(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly refusal: Refusal | null; readonly said: Said }> {
  const key = process.env['LOCKSTEP_API_KEY']?.trim();
  const target = `${url.replace(/\/$/, '')}${path}`;
  if (!URL.canParse(target) || !/^https?:/.test(target))
    throw new UsageError(`--url ${url} is no URL`, 'for example http://127.0.0.1:8080');
  if (key !== undefined && !/^[\x20-\x7e]*$/.test(key))
    throw new UsageError('LOCKSTEP_API_KEY holds what no key has', 'a key is one line of plain characters');
  const response = await fetch(target, {
    method,
    headers: {
      ...(key === undefined || key === '' ? {} : { authorization: `ApiKey ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new UsageError(`no server answers at ${url}`, 'start one with lockstep serve, or name another with --url');
  });
  const said: Said = await response.json().catch(() => undefined);
  if (response.ok && said !== undefined) return { refusal: null, said };
  if (typeof said?.type !== 'string' || typeof said.message !== 'string')
    throw new UsageError(`${url} answers with ${response.status}, and not as lockstep serve does`, 'is it another server?');
  const place = typeof said.line === 'number' ? ` (line ${said.line}, column ${said.column})` : '';
  return { refusal: { type: said.type, message: `${said.message}${place}`, hint: hints[said.type] ?? said.hint }, said };
}
