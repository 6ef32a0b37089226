/** Dagster's web server, and one request to it. Nothing is asked twice: what was asked may have been done. */
import { DagsterClientError } from './client-error.ts';

export interface DagsterServer {
  /** With its path, if it has one: `http://localhost:3000`, `https://acme.dagster.cloud/prod`. */
  readonly url: string;
  /** Sent with each request and never part of an error, for example `Dagster-Cloud-Api-Token`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for a request; 30,000 if nothing is said. */
  readonly patience?: number | undefined;
}

export type RequestFailure =
  /** Whether it was done nobody knows. */
  | 'unreachable'
  | 'timeout'
  /** An answer of 400 and more, or a redirection, which is not followed. */
  | 'status'
  /** An answer that is not as Dagster's. */
  | 'unreadable'
  /** Errors of GraphQL itself: another schema than the client's, mostly. */
  | 'graphql';

export class DagsterRequestError extends Error {
  readonly failure: RequestFailure;
  /** Null: there was none. */
  readonly status: number | null;

  constructor(failure: RequestFailure, status: number | null, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DagsterRequestError';
    this.failure = failure;
    this.status = status;
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** `body` is JSON. The answer has the status 200. */
export async function post(server: DagsterServer, path: string, body: string, signal?: AbortSignal): Promise<Answer> {
  const limit = AbortSignal.timeout(server.patience ?? 30_000);
  const target = `${baseOf(server)}${path}`;
  let status: number;
  let text: string;
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: {
        ...server.headers,
        accept: 'application/json',
        // The server compares it with exactly this.
        'content-type': 'application/json',
        // One that is kept may be closed by the other end just then, and whether the request was read nobody knows.
        connection: 'close',
      },
      body,
      redirect: 'manual',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    status = response.status;
    text = await response.text();
  } catch (thrown) {
    signal?.throwIfAborted();
    if (limit.aborted) throw new DagsterRequestError('timeout', null, `Dagster did not answer in time (POST ${path})`);
    throw new DagsterRequestError('unreachable', null, `Dagster is not reached: ${hidden(server, reasonOf(thrown))} (POST ${path})`);
  }
  if (status === 200) return { status, text };
  throw new DagsterRequestError('status', status, `Dagster answers ${status}: ${hidden(server, shown(text))} (POST ${path})`);
}

function baseOf({ url, headers = {} }: DagsterServer): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.search !== '' || parsed.hash !== '')
    throw new DagsterClientError('the url of Dagster is one like http://localhost:3000');
  // It would be in the errors of whoever prints it.
  if (parsed.username !== '' || parsed.password !== '')
    throw new DagsterClientError('the url of Dagster has a password in it: a header is the place for that');
  for (const [name, value] of Object.entries(headers))
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value))
      throw new DagsterClientError(`the header ${JSON.stringify(name)} holds what no header has`);
  return parsed.href.replace(/\/+$/, '');
}

const reasonOf = (thrown: unknown): string => {
  const { cause, message } = thrown as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : ((cause as NodeJS.ErrnoException | undefined)?.code ?? message);
};

const shown = (text: string): string => {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    if (typeof error === 'string') return error.slice(0, 500);
  } catch {
    // A proxy's page, perhaps.
  }
  return text.slice(0, 200).replaceAll(/\s+/g, ' ') || 'nothing';
};

/** Without the values of the headers: a token is no part of an error. */
export const hidden = ({ headers = {} }: DagsterServer, text: string): string =>
  Object.values(headers).reduce((left, value) => (value.trim() === '' ? left : left.replaceAll(value.trim(), '***')), text);
