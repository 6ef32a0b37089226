/**
 * Why a table that our models fill does not say what it should: it is of another version, an instant was never computed, events came
 * after it was, or rows are gone. What came when is told by the ledger of its runs.
 */

import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { stepOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { BatchTable, Built, BuiltRun } from '../../data/batch-table.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import { ingestPlace } from '../../data/row-time.ts';
import { pointText } from '../../data/spine.ts';
import { groupBy } from '../../reference/order.ts';
import { computed, runOf } from '../built/runs.ts';
import type { Universe } from '../built/universe.ts';
import { emptyAnswers } from '../compare-forms.ts';
import type { World } from '../evidence/world.ts';
import { type Cause, type CauseId, unknownCause } from './cause.ts';
import type { Same } from './same.ts';
import type { Point, Say } from './say.ts';

export interface BuiltTable {
  readonly name: string;
  /** That the definition compiles to. */
  readonly version: string;
  readonly built: Built;
  /** Instants with a row. */
  readonly held: ReadonlySet<bigint>;
  /** Microseconds. */
  readonly every: bigint;
  /** Whose rows it holds; undefined: those of the query. */
  readonly universe: Universe | undefined;
}

export function builtTable(
  { feature, version }: CompiledFeature,
  { name, points }: BatchTable,
  built: Built,
  universe: Universe | undefined,
): BuiltTable {
  return { name, version, built, held: new Set(points.map((p) => p.asOf)), every: stepOf(feature), universe };
}

export interface BuiltGiven {
  readonly feature: CheckedFeature;
  readonly catalog: Catalog;
  readonly say: Say;
  readonly same: Same;
  readonly table: BuiltTable;
}

/** Of those whose cause is found. `sound`: points at which the table agrees with the stream. */
export function faultyBuild(given: BuiltGiven, wrong: readonly Point[], sound: readonly Point[], meant: World): ReadonlyMap<Point, Cause> {
  const { table } = given;
  const causes = new Map<Point, Cause>();
  const others: Point[] = [];
  const shown = [...new Set(table.built.versions.values())];
  for (const point of wrong) {
    // Where there is no row it would be of the version that the others are of.
    const version = table.built.versions.get(pointText(point.row)) ?? (shown.includes(table.version) ? undefined : shown[0]);
    if (version !== undefined && version !== table.version) causes.set(point, otherVersion(table, version));
    else others.push(point);
  }
  const computedBy = groupBy(others, (p) => runOf(table.built, p.row.asOf));
  for (const [run, points] of computedBy) {
    if (run === undefined) continue;
    for (const point of beforeMoreCame(given, run, points, sound, meant)) causes.set(point, cameLater(run));
  }
  for (const point of others) if (!causes.has(point) && point.batch.length === 0) causes.set(point, withoutRow(table, point));
  return causes;
}

const cause = (id: CauseId, proof: string): Cause => ({ ...unknownCause, id, form: true, proof, among: [id] });

const otherVersion = ({ name, version }: Pick<BuiltTable, 'name' | 'version'>, found: string): Cause =>
  cause('version_skew', `${name} is of version ${found} here, and the definition compiles to ${version}`);

const cameLater = ({ completedAt }: BuiltRun): Cause =>
  cause(
    'stale_table',
    `without what came after the run completed at ${formatTimestamp(completedAt)} had read its rows: then the reference says what the table says`,
  );

function withoutRow({ name, built, held }: BuiltTable, { row }: Point): Cause {
  const run = runOf(built, row.asOf);
  const [from, to] = computed(built) ?? [];
  if (run !== undefined)
    return cause(
      'lost',
      `a run completed at ${formatTimestamp(run.completedAt)} computed this instant, and ${name} has ${held.has(row.asOf) ? 'rows of it, but not this one' : 'no row of it'}`,
    );
  if (to !== undefined && row.asOf >= to)
    return cause('stale_table', `no run has computed this instant: those of ${name} end before ${formatTimestamp(to)}`);
  if (from !== undefined && row.asOf < from)
    return cause('lost', `no run has computed this instant: those of ${name} begin with ${formatTimestamp(from)}`);
  if (from !== undefined) return cause('lost', `no run has computed this instant, and runs have computed instants before and after it`);
  return cause('lost', `${name} has ${held.has(row.asOf) ? 'rows of this instant, but not this one' : 'no row of this instant'}`);
}

/** Those where the table says what the reference says of the rows that the run had, while what agreed at their instants still does. */
function beforeMoreCame(
  { feature, catalog, say, same, table }: BuiltGiven,
  run: BuiltRun,
  points: readonly Point[],
  sound: readonly Point[],
  meant: World,
): readonly Point[] {
  if (run.seen.size === 0) return [];
  const instants = new Set(points.map((p) => p.row.asOf));
  const controls = sound.filter((p) => instants.has(p.row.asOf));
  const isMissing = ({ batch }: Point): boolean => table.universe !== undefined && batch.length === 0;
  const held = points.map((p) => (p.batch.length > 0 ? p.batch : (emptyAnswers(feature, catalog, [p.row])[0] ?? [])));
  // A run notes how far it is before it reads: it may have had more.
  const worlds = [had(run, meant, (_, seen) => seen), had(run, meant, ({ completedAt }) => completedAt)];
  const found = new Set<Point>();
  for (const world of worlds) {
    const said = say(world, points);
    const isMember = table.universe?.hadBy(world.keep) ?? (() => true);
    const fitting = points.filter(
      (p, i) => !found.has(p) && (isMissing(p) ? !isMember(p.row) : same(said[i] ?? [], held[i] as readonly Value[], p)),
    );
    if (fitting.length === 0) continue;
    const kept = say(world, controls);
    const broken = new Set(controls.filter((p, i) => !isMember(p.row) || !same(kept[i] ?? [], p.batch, p)).map((p) => p.row.asOf));
    for (const point of fitting) if (!broken.has(point.row.asOf)) found.add(point);
  }
  return [...found];
}

function had(run: BuiltRun, meant: World, until: (run: BuiltRun, seen: bigint) => bigint): World {
  const limits = new Map([...run.seen].map(([source, seen]) => [source, until(run, seen)]));
  return {
    ...meant,
    name: `${meant.name} · had by a run: ${[...limits].join(' ')}`,
    keep: (source, row) => {
      const limit = limits.get(source.name);
      const came = row[ingestPlace(source)];
      return limit === undefined || typeof came !== 'bigint' || came <= limit;
    },
  };
}

/** A row of an entity that the universe does not have. */
export function beyondUniverse({ name, version, built, universe }: BuiltTable, { row }: Point): Cause {
  const found = built.versions.get(pointText(row));
  if (found !== undefined && found !== version) return otherVersion({ name, version }, found);
  const says = `${name} has a row of an entity that is not in ${universe?.source ?? 'the universe'} at this instant`;
  return universe?.isDated === true
    ? {
        ...unknownCause,
        form: true,
        proof: `${says}; if raw rows were changed or deleted since, lockstep materialize --again computes it anew`,
      }
    : cause('evidence_incomplete', `${says}; nobody noted when the rows came that say so`);
}

/** Where no way of computing is found: the rows that are there now need not be those that were there. */
export function otherwise({ feature, catalog, table }: BuiltGiven): Cause {
  const changed = `${table.name} does not say what the reference says of the rows that are there now`;
  const undated = catalog.sources.filter((s) => feature.sources.includes(s.name) && ingestPlace(s) < 0);
  if (undated.length === 0)
    return {
      ...unknownCause,
      form: true,
      proof: `${changed}, nor of those that had come by its run; if raw rows were changed, deleted or loaded with an earlier ingest time since, lockstep materialize --again computes it anew`,
    };
  const names = undated.map((s) => s.name).join(', ');
  return cause('evidence_incomplete', `${changed}; of ${names} nobody noted when they came`);
}
