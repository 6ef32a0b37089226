/** The routes of dbt Cloud's API, version 2, that a run of a job takes: https://docs.getdbt.com/dbt-cloud/api-v2. */
import { setTimeout as pause } from 'node:timers/promises';
import { isObject, type Json } from '../../compiler/functions/json-values.ts';
import { EngineError } from '../engines/engine.ts';

export interface CloudSettings {
  /** With its protocol, without a slash at its end. */
  readonly url: string;
  readonly account: string;
  readonly job: string;
  readonly token: string;
  readonly hide: (text: string) => string;
  readonly times: CloudTimes;
}

export interface CloudTimes {
  /** Milliseconds between two questions whether a run has ended: the first, and the longest. */
  readonly wait: readonly [number, number];
  /** Milliseconds between two tries of a question that was not answered: the first, and the longest; and how many tries. */
  readonly retry: readonly [number, number];
  readonly tries: number;
  /** Milliseconds for one try. */
  readonly patience: number;
}

export const usualTimes: CloudTimes = { wait: [2_000, 30_000], retry: [1_000, 30_000], tries: 8, patience: 30_000 };

export type Answer = { readonly status: number; readonly text: string; readonly retryAfter: number | null };

export interface CloudApi {
  /** Asked again where the service is busy or not reached; UsageError-like ends at once. */
  readonly get: (path: string, signal: AbortSignal) => Promise<string>;
  /** Asked once. Null: whether it was done nobody knows. */
  readonly post: (path: string, body: Json) => Promise<Answer | null>;
}

export function cloudApi({ url, account, token, hide, times }: CloudSettings): CloudApi {
  const ask = async (path: string, method: 'GET' | 'POST', body: Json | null, signal: AbortSignal | null): Promise<Answer> => {
    const limit = AbortSignal.timeout(times.patience);
    const response = await fetch(`${url}/api/v2/accounts/${account}/${path}`, {
      method,
      headers: {
        authorization: `Token ${token}`,
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
      signal: signal === null ? limit : AbortSignal.any([signal, limit]),
      // What signs in goes to no other address.
      redirect: 'manual',
    });
    const after = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { status: response.status, text: await response.text(), retryAfter: Number.isFinite(after) ? after * 1000 : null };
  };
  return {
    get: async (path, signal) => {
      let wait = times.retry[0];
      for (let tries = 1; ; tries++) {
        const answer = await ask(path, 'GET', null, signal).catch((error: unknown) => error as Error);
        signal.throwIfAborted();
        if (!(answer instanceof Error) && answer.status === 200) return answer.text;
        const isBusy = answer instanceof Error || answer.status === 429 || answer.status >= 500;
        if (!isBusy || tries >= times.tries) throw refused(answer, `GET ${path}`, hide);
        await pause(Math.min((answer instanceof Error ? null : answer.retryAfter) ?? wait, times.retry[1]), undefined, { signal });
        wait = Math.min(wait * 2, times.retry[1]);
      }
    },
    post: (path, body) => ask(path, 'POST', body, null).catch(() => null),
  };
}

const hints: Readonly<Record<number, string>> = {
  401: 'does the token belong to this host, and is it still valid?',
  403: 'the token needs the permission to run the job',
  404: 'account_id, job_id and host are those of the address of the job in the browser',
};

export function refused(answer: Answer | Error, what: string, hide: (text: string) => string): EngineError {
  if (answer instanceof Error) return new EngineError('dbt Cloud', `it is not reached: ${hide(reason(answer))} (${what})`);
  const message = messageIn(answer.text);
  return new EngineError(
    'dbt Cloud',
    `it answers ${answer.status}${message === null ? '' : `: ${hide(message)}`} (${what})`,
    hints[answer.status],
  );
}

const reason = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

function messageIn(text: string): string | null {
  const body = jsonOf(text);
  const status = isObject(body) ? body['status'] : undefined;
  const message = isObject(status) ? status['user_message'] : undefined;
  return typeof message === 'string' ? message.slice(0, 500) : null;
}

/** Undefined: it is none. */
export function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
