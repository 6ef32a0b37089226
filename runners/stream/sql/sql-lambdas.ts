/** Query lambdas that clients wrote in SQL: looked at when they are made, and run one at a time, apart from the features' readers. */

import type { JsonValue } from '../../data/parse-value.ts';
import type { Selected, Selects, SingleParameter } from '../../engines/duckdb-select.ts';
import { EngineError } from '../../engines/engine.ts';
import type { Definition } from '../registry/journal.ts';
import { RequestError } from '../request-error.ts';
import { namedParameters } from './named-parameters.ts';
import { boundParameter } from './parameter-values.ts';
import { placeIn } from './place.ts';
import { type Readable, readable } from './readable.ts';
import { type Shown, shown, shownType } from './shown.ts';

export type SqlDefinition = Extract<Definition, { readonly kind: 'sql' }>;

export interface GivenParameter {
  readonly name: string;
  /** Undefined: as declared, or a string. */
  readonly type: string | undefined;
  readonly value: JsonValue;
}

export interface SqlAsking {
  readonly parameters: readonly GivenParameter[];
  /** Of a query that says none itself. */
  readonly rowLimit: number | undefined;
  readonly milliseconds: number;
}

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly { readonly [name: string]: Shown }[];
  /** Until it was its turn. */
  readonly waitedMicroseconds: number;
}

export interface SqlLambdas {
  /** The tables that it reads. Refused with QUERY_ERROR if it is none that may run. */
  readonly check: (definition: SqlDefinition) => Promise<readonly string[]>;
  readonly execute: (definition: SqlDefinition, asking: SqlAsking) => Promise<SqlAnswer>;
}

/** Of one answer. */
const mostRows = 100_000;
/** Queries that may wait for their turn. */
const mostWaiting = 64;

interface Checked extends Readable {
  readonly sql: string;
}

/** `tables`: what may be read, upper case. */
export function openSqlLambdas(selects: Selects, tables: ReadonlySet<string>): SqlLambdas {
  const known = new WeakMap<SqlDefinition, Promise<Checked>>();
  const checked = (definition: SqlDefinition): Promise<Checked> => {
    const found = known.get(definition) ?? checkedBy(selects, tables, definition);
    known.set(definition, found);
    return found;
  };
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= mostWaiting) throw new RequestError('RATELIMITEXCEEDED', `${waiting} queries wait already`, 'try again later');
    waiting += 1;
    const done = last.then(work);
    last = done.catch(() => {});
    return done.finally(() => {
      waiting -= 1;
    });
  };
  return {
    check: async (definition) => (await checked(definition)).tables,
    execute: async (definition, { parameters, rowLimit, milliseconds }) => {
      const { sql, parameters: named, hasLimit } = await checked(definition);
      const bound = boundTo(definition, parameters, named);
      const limit = rowLimit === undefined || hasLimit ? mostRows : Math.min(rowLimit, mostRows);
      const asked = performance.now();
      return inTurn(async () => {
        const waited = performance.now() - asked;
        const left = milliseconds - waited;
        const selected = left <= 0 ? ({ interrupted: true } as const) : await run(selects, sql, bound, left, limit);
        if (selected.interrupted)
          throw new RequestError('QUERY_TIMEOUT', `the query took longer than ${milliseconds} ms`, '`timeout_ms` gives it more');
        if (selected.more && (hasLimit || rowLimit === undefined || rowLimit > mostRows))
          throw new RequestError('RESOURCEEXCEEDED', `the query has more than ${mostRows} rows`, 'a LIMIT, or default_row_limit');
        return { ...answerOf(selected), waitedMicroseconds: Math.round(waited * 1000) };
      });
    },
  };
}

async function checkedBy(selects: Selects, tables: ReadonlySet<string>, { sql: text }: SqlDefinition): Promise<Checked> {
  const { sql, names } = namedParameters(text);
  const found = readable(sql, await selects.tree(sql), tables);
  const undeclared = [...found.parameters].filter((name) => !names.includes(name));
  if (undeclared.length > 0 || found.parameters.size !== names.length)
    throw new RequestError('QUERY_ERROR', 'a parameter is written in a way that is not known here', 'a parameter is :name');
  const plan = await selects.plan(sql).catch((thrown: unknown) => {
    throw refusal(sql, thrown);
  });
  if (plan.statements !== 1 || !plan.isSelect) throw new RequestError('QUERY_ERROR', 'a query lambda is one SELECT');
  return { ...found, sql };
}

/** Those that the SQL has, of those that the definition and the request name. */
function boundTo(
  { parameters: declared }: SqlDefinition,
  given: readonly GivenParameter[],
  named: ReadonlySet<string>,
): readonly SingleParameter[] {
  const defaults = new Map(declared.map((p) => [p.name.toLowerCase(), p]));
  const values = new Map(given.map((p) => [p.name.toLowerCase(), p]));
  for (const name of values.keys())
    if (!named.has(name) && !defaults.has(name))
      throw new RequestError('INVALIDINPUT', `the query has no parameter ${name}`, `it has ${[...named].join(', ') || 'none'}`);
  return [...named].map((name) => {
    const [of, own] = [values.get(name), defaults.get(name)];
    if (of === undefined && own === undefined)
      throw new RequestError('INVALIDINPUT', `the parameter ${name} has no default, and is not given`);
    if (of?.type !== undefined && own !== undefined && of.type.toLowerCase() !== own.type)
      throw new RequestError('INVALIDINPUT', `the parameter ${name} is declared as ${own.type}, and given as another type`);
    const type = own?.type ?? of?.type ?? 'string';
    return boundParameter(name, type, of?.value ?? { kind: 'string', text: own?.value ?? '' });
  });
}

async function run(
  selects: Selects,
  sql: string,
  parameters: readonly SingleParameter[],
  milliseconds: number,
  limit: number,
): Promise<Selected> {
  try {
    return await selects.run(sql, parameters, { milliseconds, mostRows: limit });
  } catch (thrown) {
    throw refusal(sql, thrown);
  }
}

/** What is wrong with the SQL is said; what is wrong with a value may hold it, so only its kind is. */
function refusal(sql: string, thrown: unknown): unknown {
  if (!(thrown instanceof EngineError)) return thrown;
  const { message } = thrown;
  const [, kind = 'the engine refused it', said = ''] =
    /^(?:Failed to extract statements: )?([A-Za-z ]{3,40} Error): ([^\n]*)/.exec(message) ?? [];
  const isOfTheSql = ['Parser Error', 'Binder Error', 'Catalog Error'].includes(kind);
  return new RequestError('QUERY_ERROR', isOfTheSql ? said : `the query failed: ${kind}`, undefined, placeIn(sql, message));
}

function answerOf({ columns, rows }: Extract<Selected, { readonly interrupted: false }>): Omit<SqlAnswer, 'waitedMicroseconds'> {
  return {
    columns: columns.map(({ name, type }) => ({ name, type: shownType(type) })),
    rows: rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, shown(row[i] ?? null)]))),
  };
}
