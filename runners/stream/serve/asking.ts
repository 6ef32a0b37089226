/**
 * Requests to queries. While a query of a lambda runs, the rows that are asked of it wait, and go together with the next one: a lambda
 * takes any number of rows, and costs little more for many than for one. Other lambdas have the other readers meanwhile, and so have rows that
 * fill a query of their own. A row that the engine cannot answer errs alone.
 */
import type { Value } from '../../../compiler/value.ts';
import type { SpineRow } from '../../data/spine.ts';
import { type Connection, EngineError } from '../../engines/engine.ts';
import { executeLambda, type StoredLambda } from '../execute.ts';
import { RequestError } from '../request-error.ts';

export interface Asked {
  readonly entity: readonly Value[];
  /** Microseconds; null: the instant at which the query begins. */
  readonly asOf: bigint | null;
}

export type Answer = { readonly asOf: bigint } & ({ readonly values: readonly Value[] } | { readonly error: RequestError });

export interface Asking {
  /** In the order asked; a row's own error is in its place. */
  readonly ask: (lambda: StoredLambda, rows: readonly Asked[]) => Promise<readonly Answer[]>;
  /** Queries since the beginning, and rows that they answered. */
  readonly counts: () => { readonly queries: number; readonly rows: number };
}

export interface AskingParts {
  /** Each runs one query at a time. */
  readonly readers: readonly Connection[];
  /** Microseconds. */
  readonly now: () => bigint;
  /** Of one query. */
  readonly mostRows: number;
  /** When the tables have what is known now. */
  readonly written: () => Promise<void>;
}

interface Waiting {
  readonly lambda: StoredLambda;
  readonly asked: readonly Asked[];
  readonly done: (answers: readonly Answer[]) => void;
  readonly failed: (error: unknown) => void;
}

export function openAsking({ readers, now, mostRows, written }: AskingParts): Asking {
  const waiting: Waiting[] = [];
  const free = [...readers];
  const running = new Map<StoredLambda, number>();
  const noteRunning = (lambda: StoredLambda, more: 1 | -1): void => {
    const now = (running.get(lambda) ?? 0) + more;
    if (now === 0) running.delete(lambda);
    else running.set(lambda, now);
  };
  const counts = { queries: 0, rows: 0 };
  const run = async (reader: Connection, turn: readonly Waiting[]): Promise<void> => {
    const [first] = turn;
    if (first === undefined) return;
    const begun = now();
    const spine = turn.flatMap(({ asked }) => asked.map(({ entity, asOf }): SpineRow => ({ entity, asOf: asOf ?? begun })));
    counts.queries += 1;
    counts.rows += spine.length;
    try {
      if (first.lambda.artifact.sources.length > 0) await written();
      const answers = await answersOf(reader, first.lambda, spine);
      let from = 0;
      for (const { asked, done } of turn) {
        done(answers.slice(from, from + asked.length));
        from += asked.length;
      }
    } catch (error) {
      for (const { failed } of turn) failed(error);
    }
  };
  const next = (): void => {
    for (;;) {
      const lambda = ready(waiting, running, mostRows);
      const reader = lambda === undefined ? undefined : free.pop();
      if (lambda === undefined || reader === undefined) return;
      noteRunning(lambda, 1);
      void run(reader, together(waiting, lambda, mostRows)).finally(() => {
        noteRunning(lambda, -1);
        free.push(reader);
        next();
      });
    }
  };
  return {
    ask: (lambda, asked) =>
      new Promise((done, failed) => {
        waiting.push({ lambda, asked, done, failed });
        // What comes in the same turn of the event loop goes with it.
        setImmediate(next);
      }),
    counts: () => ({ ...counts }),
  };
}

/** That of the oldest request whose turn it is. */
function ready(waiting: readonly Waiting[], running: ReadonlyMap<StoredLambda, number>, mostRows: number): StoredLambda | undefined {
  const rows = new Map<StoredLambda, number>();
  for (const { lambda, asked } of waiting) {
    if (!running.has(lambda)) return lambda;
    rows.set(lambda, (rows.get(lambda) ?? 0) + asked.length);
  }
  return [...rows].find(([, n]) => n >= mostRows)?.[0];
}

/** Takes out what asks this lambda, the oldest first, as far as there is room. */
function together(waiting: Waiting[], lambda: StoredLambda, mostRows: number): readonly Waiting[] {
  const taken: Waiting[] = [];
  let rows = 0;
  for (let i = 0; i < waiting.length; ) {
    const one = waiting[i] as Waiting;
    if (one.lambda === lambda && (taken.length === 0 || rows + one.asked.length <= mostRows)) {
      taken.push(one);
      rows += one.asked.length;
      waiting.splice(i, 1);
    } else i += 1;
  }
  return taken;
}

async function answersOf(reader: Connection, lambda: StoredLambda, spine: readonly SpineRow[]): Promise<readonly Answer[]> {
  try {
    const found = await executeLambda(reader, lambda, spine, spine.length);
    return spine.map(({ asOf }, i): Answer => ({ asOf, values: found[i] ?? [] }));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (spine.length <= 1) return spine.map(({ asOf }) => ({ asOf, error: refused(error) }));
    const half = spine.length >> 1;
    return [...(await answersOf(reader, lambda, spine.slice(0, half))), ...(await answersOf(reader, lambda, spine.slice(half)))];
  }
}

/** What the engine says may hold values of rows, so it stays here. */
function refused(error: EngineError): RequestError {
  return new RequestError('QUERY_ERROR', `the query failed for this row: ${kindOf(error.message)}`);
}

function kindOf(message: string): string {
  return /^([A-Za-z ]{3,40} Error)\b/.exec(message)?.[1] ?? 'the engine refused it';
}
