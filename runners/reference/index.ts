/**
 * The reference: slow, and obviously right. For (e, T) it takes each source as visible at T, evaluates the author's query
 * over all entities, and keeps the row of e. It reads the checked tree and shares nothing with plan and emit.
 */
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature, CheckedQuery, CheckedSelect, CheckedStatement, Expr } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import { InternalError } from './internal-error.ts';
import { literalValue } from './literals.ts';
import { type Meanings, ownMeanings } from './meanings.ts';
import { groupBy, keyText } from './order.ts';
import { compileList, compileSelect, evaluateBody, evaluateQuery, groupUnit } from './query.ts';
import type { Group, Rows, Run } from './run.ts';
import { type Program, sameExpr } from './scope.ts';
import { type Sight, type SourceRows, type VisibleSource, visibleSource } from './sources.ts';

export { InternalError } from './internal-error.ts';
export type { SourceRows } from './sources.ts';

export interface SpineRow {
  readonly entity: readonly Value[];
  /** Microseconds. */
  readonly asOf: bigint;
  /** arrived: what had by then; without it, by `asOf`. Microseconds. */
  readonly arrivedBy?: bigint;
}

export interface ReferenceOptions {
  readonly knowledge: 'event' | 'arrived';
  /** arrived: what came so much later counts, too. Microseconds; by default 0. */
  readonly patience?: bigint;
  /** all: every delivered copy of an event counts, as for somebody who forgets identity. By default one does. */
  readonly copies?: 'one' | 'all';
  /** By default each function's own. */
  readonly meanings?: Meanings;
}

/** One array of output values (feature.outputs order) per spine row, in order. */
export function evaluateFeature(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
  options: ReferenceOptions,
): readonly (readonly Value[])[] {
  const sources = new Map(feature.sources.map((name) => [name, visibleOnce(catalog, name, events.get(name), options.copies ?? 'one')]));
  const atInstant = compileFeature(feature, catalog, options.meanings ?? ownMeanings);
  const { knowledge, patience = 0n } = options;
  const answers = new Map<string, (entity: readonly Value[]) => readonly Value[]>();
  return spine.map(({ entity, asOf, arrivedBy = asOf }) => {
    const key = knowledge === 'arrived' ? `${asOf} ${arrivedBy}` : String(asOf);
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = atInstant({
        sight: { asOf, includeAsOf: feature.includeAsOf, knowledge, arrivedBy: arrivedBy + patience },
        sources,
        results: new Map(),
        around: [],
      });
      answers.set(key, answer);
    }
    return answer(entity);
  });
}

interface Visible {
  readonly catalog: Catalog;
  readonly name: string;
  readonly copies: 'one' | 'all';
  readonly source: VisibleSource;
}

/** The last of each rows: the same are often asked in several ways, one after the other. */
const lastVisible = new WeakMap<SourceRows, Visible>();

function visibleOnce(catalog: Catalog, name: string, rows: SourceRows | undefined, copies: 'one' | 'all'): VisibleSource {
  const before = rows === undefined ? undefined : lastVisible.get(rows);
  if (before?.catalog === catalog && before.name === name && before.copies === copies) return before.source;
  const source = visibleSource(catalog, name, rows, copies);
  if (rows !== undefined) lastVisible.set(rows, { catalog, name, copies, source });
  return source;
}

type Answer = (entity: readonly Value[]) => readonly Value[];

function compileFeature(feature: CheckedFeature, catalog: Catalog, meanings: Meanings): (run: Run) => Answer {
  const program = programOf(feature.query, catalog, meanings);
  const position = (name: string): number => {
    const index = feature.query.columns.findIndex((column) => column.name === name);
    if (index < 0) throw new InternalError(`the query has no column ${name}`);
    return index;
  };
  const entity = feature.entity.map(({ name }) => position(name));
  const outputs = feature.outputs.map(({ name }) => position(name));
  const defaults = feature.outputs.map((output) => (output.default ? literalValue(output.default) : null));
  const evaluate = feature.groupsByEntity ? groupedAnswers(feature, program, entity) : plainAnswers(feature.query, program);

  return (run) => {
    const { rows, absent } = evaluate(run);
    const byEntity = groupBy(rows, (row) => keyText(entity.map((i) => row[i] as Value)));
    return (wanted) => {
      const found = byEntity.get(keyText(wanted)) ?? [];
      if (found.length > 1) throw new InternalError(`${found.length} rows for one entity`);
      const row = found[0] ?? absent(wanted);
      return row ? outputs.map((i) => row[i] as Value) : defaults;
    };
  };
}

function programOf(query: CheckedQuery, catalog: Catalog, meanings: Meanings = ownMeanings): Program {
  const program: Program = {
    catalog,
    meanings,
    ctes: new Map(allCtes(query).map(({ id, query: inner }) => [id, inner])),
    rowsOf: (inner) => evaluateQuery(inner, program),
    rowsWithin: (inner, around) => evaluateBody(inner.body, { ...program, around }),
    around: [],
  };
  return program;
}

/** All rows of a query over fixed relations, unordered; values in the order of its columns. */
export function evaluateStatement(
  { query, sources }: Pick<CheckedStatement, 'query' | 'sources'>,
  catalog: Catalog,
  fixed: ReadonlyMap<string, SourceRows>,
  asOf: bigint,
): Rows {
  const visible = sources.map((name): [string, VisibleSource] => {
    const rows = fixed.get(name);
    if (rows === undefined) throw new InternalError(`no rows given for ${name}`);
    return [name, { columns: rows.columns, current: () => rows.rows }];
  });
  const sight: Sight = { asOf, includeAsOf: false, knowledge: 'event', arrivedBy: asOf };
  return evaluateQuery(query, programOf(query, catalog))({ sight, sources: new Map(visible), results: new Map(), around: [] });
}

export interface Stage {
  /** As the author called it; null for the query itself. */
  readonly name: string | null;
  readonly columns: CheckedQuery['columns'];
  readonly rows: Rows;
}

/** All rows of each CTE at one instant, in the order in which they are written, and those of the query. */
export function evaluateStages(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  asOf: bigint,
  options: ReferenceOptions,
): readonly Stage[] {
  const sources = new Map(feature.sources.map((name) => [name, visibleSource(catalog, name, events.get(name), 'one')]));
  const program = programOf(feature.query, catalog);
  const sight: Sight = { asOf, includeAsOf: feature.includeAsOf, knowledge: options.knowledge, arrivedBy: asOf };
  const run: Run = { sight, sources, results: new Map(), around: [] };
  const stage = (name: string | null, query: CheckedQuery): Stage => ({
    name,
    columns: query.columns,
    rows: evaluateQuery(query, program)(run),
  });
  return [...feature.query.ctes.map((cte) => stage(cte.name, cte.query)), stage(null, feature.query)];
}

interface Answers {
  readonly rows: Rows;
  /** The row of an entity that has none, if its group of no rows gives one. */
  readonly absent: (entity: readonly Value[]) => readonly Value[] | undefined;
}

function plainAnswers(query: CheckedQuery, program: Program): (run: Run) => Answers {
  const rows = evaluateQuery(query, program);
  return (run) => ({ rows: rows(run), absent: () => undefined });
}

/** The group of every entity exists, if need be of no rows. */
function groupedAnswers(feature: CheckedFeature, program: Program, entity: readonly number[]): (run: Run) => Answers {
  const select = feature.query.body;
  if (select.kind !== 'select' || select.groupBy === null) throw new InternalError('groupsByEntity without GROUP BY');
  const evaluate = compileSelect(select, program);
  const list = compileList(select, program);
  const keyPositions = select.groupBy.map((key) => entityOfKey(select, key, entity));
  return (run) => {
    const { rows, groups } = evaluate(run);
    const present = new Set(groups.map(({ keys }) => keyText(keys)));
    return {
      rows,
      absent: (wanted) => {
        const group: Group = { keys: keyPositions.map((i) => wanted[i] as Value), rows: [] };
        // A group that HAVING has dropped is not one of no rows.
        return present.has(keyText(group.keys)) ? undefined : list([groupUnit(group)], run)[0];
      },
    };
  };
}

/** Which entity column a group key is. */
function entityOfKey(select: CheckedSelect, key: Expr, entity: readonly number[]): number {
  const index = entity.findIndex((column) => {
    const item = select.items[column];
    return item !== undefined && sameExpr(item.expr, key);
  });
  if (index < 0) throw new InternalError('a group key is no entity column');
  return index;
}

/** CTE ids are unique in the feature, wherever they are declared. */
function allCtes(value: unknown): CheckedQuery['ctes'] {
  if (value === null || typeof value !== 'object') return [];
  const nested = Object.values(value).flatMap(allCtes);
  return isQuery(value) ? [...value.ctes, ...nested] : nested;
}

function isQuery(value: object): value is CheckedQuery {
  return 'ctes' in value && 'body' in value;
}
