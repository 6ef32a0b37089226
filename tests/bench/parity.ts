/** What a parity run costs: every flights feature at 4,000 points in both forms; and comparing alone, beside DuckDB's own join. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareFlights } from '../../examples/flights/demo/data.ts';
import { instants, places, spineFor } from '../../examples/flights/demo/points.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { readEvents } from '../../runners/data/events.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { compare } from '../../runners/parity/compare.ts';
import { openForms } from '../../runners/parity/logic.ts';
import { openSides } from '../../runners/parity/sides.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { loadTwoResults, resultColumns, resultOutputs, twoResults } from './two-results.ts';

export interface ParityBench {
  readonly features: number;
  readonly points: number;
  readonly flights: number;
  /** Loading both sides, answering in both forms, comparing; without the reference. */
  readonly seconds: number;
}

export async function benchParity(points: number): Promise<ParityBench> {
  const root = resolve('.');
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  try {
    const connection = await openDuckdb();
    const data = await prepareFlights(connection, root, folder, 4, 1, undefined);
    connection.close();
    const project = await loadProject(join(root, 'examples/flights'));
    const { catalog } = project.authored;
    const { events } = await readEvents(data.warehouse, catalog.sources);
    const flights = events.get('flights');
    if (flights === undefined) throw new Error('no flights');
    const everywhere = places(flights, 400);
    const at = instants(4, 40);
    let compared = 0;
    const started = performance.now();
    const sides = await openSides(catalog, events, events);
    for (const compiled of project.compiled.features) {
      const spine = spineFor(compiled, at, everywhere).slice(0, points);
      const forms = await openForms(compiled, compiledLambda(compiled, catalog), sides);
      const { batchAgainstLambda } = await forms.answer(spine, () => false);
      if (batchAgainstLambda.mismatches > 0) throw new Error(`${compiled.feature.name}: the forms differ`);
      compared += batchAgainstLambda.points;
    }
    sides.close();
    const seconds = (performance.now() - started) / 1000;
    return { features: project.compiled.features.length, points: compared, flights: flights.rows.length, seconds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface CompareBench {
  readonly rows: number;
  readonly ours: number;
  readonly byHand: number;
  readonly found: number;
  readonly foundByHand: number;
}

/** Two results that both sides have at hand: ours as rows in order, DuckDB's as tables with a key. One row in ten thousand differs. */
export async function benchCompare(rows: number): Promise<CompareBench> {
  const results = twoResults(rows);
  const { left, right } = results;
  const connection = await openDuckdb();
  await loadTwoResults(connection, results);
  const differ = resultColumns.map((c) =>
    c.type.kind === 'float'
      ? `(l.${c.name} IS NULL) <> (r.${c.name} IS NULL) OR abs(l.${c.name} - r.${c.name}) > 1e-9 * greatest(abs(l.${c.name}), abs(r.${c.name}))`
      : `l.${c.name} IS DISTINCT FROM r.${c.name}`,
  );
  const sql = `SELECT count(*) AS n FROM l FULL JOIN r USING (id) WHERE l.id IS NULL OR r.id IS NULL OR ${differ.join(' OR ')}`;
  const times = { ours: Number.POSITIVE_INFINITY, byHand: Number.POSITIVE_INFINITY };
  let found = 0;
  let foundByHand = 0;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    found = compare(resultOutputs, left, right).mismatches;
    times.ours = Math.min(times.ours, performance.now() - began);
    const joined = performance.now();
    const [row] = await connection.query(sql, [{ name: 'n', type: { kind: 'number', precision: 18, scale: 0 } }]);
    foundByHand = Number(row?.[0] ?? 0n);
    times.byHand = Math.min(times.byHand, performance.now() - joined);
  }
  connection.close();
  return { rows, ours: times.ours / 1000, byHand: times.byHand / 1000, found, foundByHand };
}
