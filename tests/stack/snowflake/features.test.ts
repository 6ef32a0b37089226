/**
 * Every feature as Snowflake gets it, by Snowflake's own driver, from a server that translates it for DuckDB. Emulated: that the driver carries
 * values and statements as we believe is tried, and that the statements mean what the reference says as far as the translation goes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { evaluateBatch, loadRaw } from '../../../runners/batch/evaluate.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import type { SpineRow } from '../../../runners/data/spine.ts';
import type { Connection } from '../../../runners/engines/engine.ts';
import { snowflakeOn } from '../../../runners/engines/snowflake/connection.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { compare } from '../../../runners/parity/compare.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { type Flights, loadFlights, originSpine, routeSpine } from '../../flights/data.ts';
import { asked, catalog, project, worldOf } from '../../marketplace/world.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';

/** What Snowflake rounds to six digits, an average, a variance, fakesnow has as a double: so far apart may what is computed of it be there. */
const upstream: Readonly<Record<string, { readonly column: string; readonly by: number }>> = {
  origin_trend: { column: 'DELAY_TREND', by: 1 },
  route_delay: { column: 'STDDEV_DELAY_3D', by: 1e-7 },
};

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;
  let connection: Connection;

  beforeAll(async () => {
    server = await startFakesnow();
    session = await openSession(server.settings);
    connection = snowflakeOn(session);
  }, 120_000);

  afterAll(async () => {
    connection?.close();
    await server?.stop();
  });

  async function differences(
    { feature }: CompiledFeature,
    of: Catalog,
    events: ReadonlyMap<string, SourceRows>,
    spine: readonly SpineRow[],
    knowledge: 'event' | 'arrived',
  ) {
    await loadRaw(connection, of, feature.sources, events);
    const given = await evaluateBatch(connection, feature, batchPlanOf(feature, of, knowledge), spine);
    expect(given.length).toBe(spine.length);
    return compare(feature.outputs, evaluateFeature(feature, of, events, spine, { knowledge }), given).differences;
  }

  describe.each([1, 2])('the marketplace, seed %i', (seed) => {
    const world = worldOf(seed, 30);
    test.each(project.compiled.features.map((f) => [f.feature.name, f] as const))('%s', async (_, compiled) => {
      const { spine } = asked(compiled, world, 14);
      for (const knowledge of ['event', 'arrived'] as const)
        expect(await differences(compiled, catalog, world.events, spine, knowledge)).toEqual([]);
    });
  });

  describe('flights', () => {
    let flights: Flights;
    beforeAll(async () => {
      flights = await loadFlights();
    });
    afterAll(() => flights?.byHand.close());

    // All of three days take the emulation minutes.
    test('all features on every fortieth flight', async () => {
      const { columns, rows } = flights.events;
      const id = columns.findIndex((c) => c.toLowerCase() === 'flight_id');
      const events = new Map([['flights', { columns, rows: rows.filter((row) => Number(row[id]) % 40 === 0) }]]);
      const { catalog: of } = flights.project.authored;
      for (const compiled of flights.project.compiled.features) {
        const { length } = compiled.feature.entity;
        const points = length === 2 ? await routeSpine(flights) : originSpine();
        const spine = points.map(({ entity, asOf }) => ({ entity: entity.slice(0, length), asOf }));
        const { name } = compiled.feature;
        const found = await differences(compiled, of, events, spine, 'event');
        expect([name, found.filter(({ column }) => column !== upstream[name]?.column)]).toEqual([name, []]);
        for (const { left, right } of found) expect(Math.abs(Number(left) - Number(right))).toBeLessThanOrEqual(upstream[name]?.by ?? 0);
      }
    });

    test('upstream: fakesnow rounds neither an average nor a variance', async () => {
      const [row] = await session.run('SELECT AVG(column1), VARIANCE(column1) FROM VALUES (2::NUMBER(9, 0)), (2), (1)');
      // Snowflake: 1.666667 and 0.333333
      expect(row).toEqual(['1.6666666666666667', '0.33333333333333337']);
    });
  });
});
