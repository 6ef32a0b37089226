/** Why a feature has another version than before, as far as the two definitions tell: in words, for its reviewers. */
import type { Catalog, Source } from '../catalog.ts';
import type { CheckedFeature, CheckedFrom, CheckedQuery } from '../check/checked.ts';
import { datePart, fixedLength } from '../functions/date-part.ts';
import { typeName } from '../sql-type.ts';
import type { CompiledFeature } from './compile.ts';
import { outputName } from './lambda.ts';
import { tableReads } from './universe.ts';

interface State {
  readonly compiled: CompiledFeature;
  readonly catalog: Catalog;
}

export const sameDefinition = 'the definition is the same: the compiler computes it in another way';

/** For two states that return the same columns. */
export function whyChanged(before: State, after: State): readonly string[] {
  const [old, now] = [before.compiled.feature, after.compiled.feature];
  const reasons = [...headerReasons(old, now), ...sourceReasons(before, after), ...queryReasons(old, now)];
  return reasons.length > 0 ? reasons : [sameDefinition];
}

function headerReasons(old: CheckedFeature, now: CheckedFeature): readonly string[] {
  const defaults = now.outputs.flatMap((output) => {
    const was = old.outputs.find((o) => o.name === output.name);
    const [a, b] = [was?.default?.text ?? null, output.default?.text ?? null];
    return was === undefined || a === b ? [] : [`the default of ${named(output.name)} was ${String(a)} and is ${String(b)}`];
  });
  const seen = `events dated exactly at the instant count${now.includeAsOf ? ', and did not' : ' no longer'}`;
  const whose = `the universe was ${universeText(old)} and is ${universeText(now)}`;
  return [...(old.includeAsOf === now.includeAsOf ? [] : [seen]), ...defaults, ...(old.universe === now.universe ? [] : [whose])];
}

const universeText = ({ universe }: CheckedFeature): string => (universe === null ? 'what the query returns' : `\`${universe}\``);

function sourceReasons(before: State, after: State): readonly string[] {
  const [old, now] = [before.compiled.feature.sources, after.compiled.feature.sources];
  const [gone, added] = [old.filter((s) => !now.includes(s)), now.filter((s) => !old.includes(s))];
  const { universe } = after.compiled.feature;
  const members = universe !== null && universe === before.compiled.feature.universe ? [universe] : [];
  const kept = [...new Set([...now.filter((s) => old.includes(s)), ...members])];
  return [
    ...(added.length === 0 ? [] : [`it also reads ${added.map(named).join(', ')}`]),
    ...(gone.length === 0 ? [] : [`it no longer reads ${gone.map(named).join(', ')}`]),
    ...kept.flatMap((name) => {
      const read = new Set(
        [before, after].flatMap((s) =>
          tableReads(s.compiled.feature)
            .filter((r) => r.source === name)
            .map((r) => r.column),
        ),
      );
      const [a, b] = [before, after].map((s) =>
        rulesOf(
          s.catalog.sources.find((x) => x.name === name),
          read,
        ),
      );
      const changed = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].filter((rule) => a?.[rule] !== b?.[rule]);
      return changed.map((rule) => `\`${name}\`: ${rule} was ${a?.[rule] ?? 'none'} and is ${b?.[rule] ?? 'none'}`);
    }),
  ];
}

function rulesOf(source: Source | undefined, read: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (source === undefined) return {};
  const times: Readonly<Record<string, string | null>> =
    source.kind === 'stream'
      ? { event_time: source.eventTime, ingest_time: source.ingestTime, max_skew: `${source.maxSkew / 1_000_000n} s` }
      : { updated_at: source.updatedAt, version_by: source.versionBy, deleted: source.deleted };
  const columns = source.columns
    .filter((c) => read.has(c.name))
    .map((c) => [`the type of ${outputName(c.name)}`, typeName(c.type)] as const);
  const rules = { key: source.key.map(outputName).join(', '), ...Object.fromEntries(columns) };
  const named = Object.entries(times).flatMap(([rule, value]) =>
    value === null ? [] : [[rule, rule === 'max_skew' ? value : outputName(value)] as const],
  );
  return { ...rules, ...Object.fromEntries(named) };
}

function queryReasons(old: CheckedFeature, now: CheckedFeature): readonly string[] {
  const [a, b] = [old, now].map((feature) => texts(feature, (node) => node));
  if (a === undefined || b === undefined) return [];
  const differ = differences(a, b);
  if (differ.length === 0) return [];
  const [inUnits, otherUnits] = [old, now].map((feature) => texts(feature, inMicroseconds));
  if (inUnits !== undefined && otherUnits !== undefined && differences(inUnits, otherUnits).length === 0)
    return ['intervals are written in other units, which changes no value'];
  return differ;
}

interface Texts {
  readonly ctes: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  /** Clause → its text. */
  readonly rows: ReadonlyMap<string, string>;
}

function differences(a: Texts, b: Texts): readonly string[] {
  const other = (from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): readonly string[] =>
    [...to].filter(([name, text]) => from.has(name) && from.get(name) !== text).map(([name]) => name);
  const [outputs, ctes, rows] = [other(a.outputs, b.outputs), other(a.ctes, b.ctes), other(a.rows, b.rows)];
  const fresh = [...b.ctes.keys()].filter((name) => !a.ctes.has(name));
  const gone = [...a.ctes.keys()].filter((name) => !b.ctes.has(name));
  const list = (names: readonly string[]): string => names.map(named).join(', ');
  return [
    ...(outputs.length === 0 ? [] : [`the expression of ${list(outputs)} changed`]),
    ...(rows.length === 0 ? [] : [`${rows.join(', ')} of the query changed`]),
    ...(ctes.length === 0 ? [] : [`the CTE ${list(ctes)} changed`]),
    ...(fresh.length === 0 ? [] : [`the CTE ${list(fresh)} is new`]),
    ...(gone.length === 0 ? [] : [`the CTE ${list(gone)} is gone`]),
  ];
}

/** What follows from the sources, and is said of them. */
const unsaid = new Set(['span', 'comments', 'columns', 'nullable']);

function typedWhereWritten(node: object): object {
  if (!('kind' in node) || node.kind === 'cast' || !('type' in node)) return node;
  const { type: _, ...others } = node;
  return others;
}

function texts(feature: CheckedFeature, rewrite: (node: object) => object): Texts {
  const names = relationNames(feature.query);
  const text = (node: unknown): string =>
    JSON.stringify(node, (key, value: unknown) => {
      if (unsaid.has(key)) return undefined;
      if (key === 'relation' || key === 'id' || key === 'cte') return names.get(String(value)) ?? value;
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? rewrite(typedWhereWritten(value)) : value;
    }) ?? '';
  const { ctes, body } = feature.query;
  const outputs = body.kind === 'select' ? body.items.map((item) => [item.name, text(item.expr)] as const) : [];
  const rows =
    body.kind === 'select'
      ? ([
          ['FROM', body.from],
          ['WHERE', body.where],
          ['GROUP BY', body.groupBy],
          ['HAVING', body.having],
          ['QUALIFY', body.qualify],
          ['DISTINCT', body.distinct],
        ] as const)
      : ([['UNION ALL', body.branches]] as const);
  return {
    ctes: new Map(ctes.map((cte) => [cte.name, text(cte.query)])),
    outputs: new Map(outputs),
    rows: new Map(rows.map(([clause, node]) => [clause, text(node)])),
  };
}

/** Ids are numbered through the feature, so that one relation more would change them all. */
function relationNames(query: CheckedQuery): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { id, alias, name, kind } = node as Partial<CheckedFrom & { id: string; alias: string; name: string }>;
    if (id !== undefined && (alias ?? name) !== undefined) names.set(id, `${kind ?? 'cte'} ${alias ?? name}`);
    for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') visit(value);
  };
  visit(query);
  return names;
}

/** 24 hours and 1 day are the same time. */
function inMicroseconds(node: object): object {
  const { kind, fn, args } = node as { kind?: unknown; fn?: unknown; args?: readonly { text?: unknown }[] };
  if (kind !== 'call' || fn !== 'DATEADD' || args === undefined) return node;
  const [unit, amount, ...others] = args;
  const length = typeof unit?.text === 'string' ? fixedLength(datePart(unit.text) ?? 'month') : undefined;
  if (length === undefined || typeof amount?.text !== 'string' || !/^-?\d+$/.test(amount.text)) return node;
  return { kind, fn, args: ['microsecond', String(BigInt(amount.text) * length), ...others] };
}

const named = (name: string): string => `\`${outputName(name)}\``;
