/** The marketplace's history from a warehouse is what it is from files: the same store, and the same answers from it. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareForms } from '../../runners/parity/compare-forms.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { executeLambda } from '../../runners/stream/execute.ts';
import { type KeptStore, openKept } from '../../runners/stream/store/kept.ts';
import { quoted } from '../../runners/stream/store/tables.ts';
import { landedMarketplace } from '../marketplace/landed.ts';
import { asked, catalog, project, worldOf } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';

const world = worldOf(5, 160);
let folder: string;

beforeAll(async () => {
  folder = await landedMarketplace(world);
  const load = (...from: string[]) => lockstep('backfill', '--project', folder, '--since', 'beginning', ...from);
  const [byFiles, byTarget] = [
    await load('--events', join(folder, 'events'), '--store', 'files'),
    await load('--target', 'local', '--store', 'target'),
  ];
  expect(byTarget).toEqual(byFiles);
  expect(byTarget).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^follows: \d+ new rows, \d+ there already, 1 quarantined, of/m),
  });
});

const opened = (name: string): Promise<KeptStore> => openKept(join(folder, name, 'events.duckdb'), catalog.sources);

describe('the store', () => {
  const stored = async (name: string): Promise<Record<string, unknown>> => {
    const store = await opened(name);
    const reader = await store.reader();
    const tables: Record<string, unknown> = { state: [...store.state().sources.values()] };
    for (const source of catalog.sources) {
      const upper = source.name.toUpperCase();
      const columns = store.columnsOf(source.name).filter((c) => c.name !== 'lockstep.arrived_at');
      const names = columns.map((c) => quoted(c.name)).join(', ');
      const of = (table: string, more = '') => reader.query(`SELECT ${names}${more} FROM ${table} ORDER BY ALL`, columns);
      tables[upper] = await of(upper);
      tables[`copies of ${upper}`] = await of(`COPIES_OF_${upper}`);
      if (source.kind !== 'table') continue;
      tables[`versions of ${upper}`] = await of(`VERSIONS_OF_${upper}`);
      const interval = ['valid_from', 'valid_to'].map((column) => ({ name: column, type: { kind: 'timestamp', zone: 'ntz' } as const }));
      tables[`intervals of ${upper}`] = await reader.query(
        `SELECT ${interval.map((c) => c.name).join(', ')} FROM ${upper} ORDER BY ALL`,
        interval,
      );
    }
    reader.close();
    await store.close();
    return tables;
  };

  test('has the same rows, copies, versions and counts, and is complete alike', async () => {
    const [files, target] = [await stored('files'), await stored('target')];
    expect(target).toEqual(files);
    expect((target['CHATS'] as unknown[]).length).toBeGreaterThan(100);
    expect((target['copies of CHATS'] as unknown[]).length).toBeGreaterThan(0);
  });
});

test.each(project.compiled.features.map((f) => [f.feature.name, f] as const))('%s is what the reference says', async (_, compiled) => {
  const store = await opened('target');
  const reader = await store.reader();
  try {
    const { spine } = asked(compiled, world, 10);
    const answered = await executeLambda(reader, compiledLambda(compiled, catalog), spine, 256);
    const meant = evaluateFeature(compiled.feature, catalog, world.events, spine, { knowledge: 'event' });
    expect(spine.length).toBeGreaterThan(1);
    expect(compareForms(compiled.feature, catalog, world.events, spine, answered, meant)).toMatchObject({
      points: spine.length,
      differences: [],
    });
  } finally {
    reader.close();
    await store.close();
  }
});
