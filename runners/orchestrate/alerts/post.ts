/** JSON that is posted to an address which is a secret itself: what goes wrong is said without it. */
import { UsageError } from '../../usage-error.ts';
import { type Delivery, patience } from './channel.ts';

/** `what`: for messages. */
export function addressOf(value: string, what: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError(`${what} in lockstep.yml is no address that begins with https://`, 'look at the variable that it names');
  if (url.username !== '' || url.password !== '')
    throw new UsageError(`${what} in lockstep.yml has a user or a password in its address`, 'put them into `headers`, as Authorization');
  return url;
}

/** `explains`: what of an answer may be shown; null: nothing. `longest`: milliseconds. */
export async function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  explains: (answer: string) => string | null,
  longest: number = patience,
): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body,
      signal: AbortSignal.timeout(longest),
      // What is told goes to no other address.
      redirect: 'manual',
    });
    const answer = await beginningOf(response);
    if (response.ok) return { kind: 'delivered', warning: null };
    const why = explains(answer);
    const { status } = response;
    return { kind: isForAll(status) ? 'down' : 'refused', problem: `it answers ${status}${why === null ? '' : ` (${why})`}` };
  } catch (thrown) {
    return { kind: 'down', problem: `it is not reached: ${reasonOf(thrown, longest)}` };
  }
}

/** The same would be said of any message: moved, not allowed, gone, busy, broken. */
const isForAll = (status: number): boolean => status < 400 || [401, 403, 404, 405, 408, 410, 429].includes(status) || status >= 500;

/** Only a code: what Node says besides has the address in it. */
function reasonOf(thrown: unknown, longest: number): string {
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return `no answer within ${longest / 1000} seconds`;
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'the connection failed';
}

/** What was answered counts, even if its text breaks off or does not end. */
async function beginningOf(response: Response): Promise<string> {
  try {
    const reader = response.body?.getReader();
    const first = await reader?.read();
    await reader?.cancel();
    return new TextDecoder().decode(first?.value?.slice(0, 1000));
  } catch {
    return '';
  }
}
