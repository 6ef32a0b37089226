/** The tables of a target against the lambdas, on its raw rows: what `materialize` filled, and what became of it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SourceRows } from '../../runners/data/events.ts';
import { readRuns } from '../../runners/history/history.ts';
import { at, copyOf, executed, instantOf, marketFolder, materialize, writeRaw } from '../batch/market-file.ts';
import { atLast, busiest, first, hour, second, start, third, until } from '../marketplace/arrivals.ts';
import { featureNamed } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';

interface Found {
  readonly features: readonly {
    readonly feature: string;
    readonly batchVersion: string;
    readonly verdict: string;
    readonly population: string;
    readonly samples: number;
    readonly mismatches: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly causes: Readonly<Record<string, number>>;
    readonly incidents: readonly { readonly cause: string; readonly from: string; readonly to: string }[];
    readonly differences: readonly { readonly cause: string; readonly proof: string; readonly asOf: string }[];
    readonly artifacts: readonly { readonly kind: string }[];
  }[];
  readonly errors: readonly { readonly feature: string }[];
}

const name = 'stream_chat_activity';
const names = [name, 'seller_gmv', 'user_engagement', 'platform_totals', 'stream_flagged_share'];
const { version } = featureNamed(name);
const table = `features."${name}__${version}"`;

async function compared(
  folder: string,
  ...more: readonly string[]
): Promise<{ readonly code: number; readonly found: Found; readonly err: string }> {
  const { code, out, err } = await lockstep('parity', '--project', folder, '--batch', 'local', '--format', 'json', ...more);
  return { code, found: JSON.parse(out) as Found, err };
}

const only = async (folder: string, ...more: readonly string[]) => {
  const { code, found } = await compared(folder, '--feature', name, ...more);
  const [feature] = found.features;
  if (feature === undefined) throw new Error('nothing was compared');
  return { code, ...feature };
};

async function filled(folder: string, end: bigint, from: bigint | null, ...more: readonly string[]): Promise<void> {
  for (const feature of names) {
    const begin = from === null ? [] : ['--from', at(instantOf(feature, from))];
    const { code, err } = await materialize(folder, feature, ...begin, '--to', at(instantOf(feature, end)), ...more);
    expect(code, err).toBe(0);
  }
}

describe('the tables of a target', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await marketFolder(until(first));
    await filled(folder, first, start, '--chunk', '7');
  });

  test('agree with the lambdas', async () => {
    const { code, found, err } = await compared(folder, '--feature', ...names);
    expect(code, err).toBe(0);
    expect(found.features.map((f) => [f.feature, f.verdict, f.batchVersion, f.mismatches])).toEqual(
      names.map((n) => [n, 'PROVEN', featureNamed(n).version, 0]),
    );
    expect(found.features.every((f) => f.samples > 0 && f.artifacts.some((a) => a.kind === 'batch_table'))).toBe(true);
  });

  test('without a table a feature is an error, and the others are compared', async () => {
    const { code, found, err } = await compared(folder);
    expect(code).toBe(2);
    expect(found.features.map((f) => f.feature).sort()).toEqual([...names].sort());
    expect(found.errors.length).toBeGreaterThan(0);
    expect(err).toContain('the target local has no table of it');
  });

  test('a column that was renamed upstream: features that read it are errors that say so, the others are compared', async () => {
    const copy = await copyOf(folder);
    await executed(copy, 'ALTER TABLE commerce.orders RENAME COLUMN quantity TO pieces');
    const history = join(copy, 'kept.duckdb');
    const { code, found, err } = await compared(copy, '--feature', ...names, '--history', history);
    expect(code).toBe(2);
    // By hand: of these five three look at orders.
    expect(found.errors.map((e) => e.feature).sort()).toEqual(['platform_totals', 'seller_gmv', 'user_engagement']);
    expect(found.features.map((f) => [f.feature, f.verdict])).toEqual([name, 'stream_flagged_share'].map((n) => [n, 'PROVEN']));
    expect(err).toContain(
      'error: seller_gmv: the source orders: the column QUANTITY is declared NUMBER(9,0), and raw.commerce.orders does not have it\nhint: it has order_id, ',
    );
    const [kept] = await readRuns(history, { say: () => {}, patience: 0 });
    expect(kept?.errors).toEqual(found.errors);
    expect(kept?.errors.every((e) => e.plain === e.message && e.plain.includes('the column QUANTITY'))).toBe(true);
  });

  test('a value that nobody computed is found', async () => {
    const copy = await copyOf(folder);
    await executed(copy, `UPDATE ${table} SET chats_20m = chats_20m + 1234 WHERE as_of = (SELECT max(as_of) FROM ${table})`);
    const { code, verdict, causes, outcomes } = await only(copy);
    expect([code, verdict]).toEqual([1, 'VIOLATED']);
    expect(Object.keys(causes)).toEqual(['unknown']);
    expect(outcomes['different']).toBeGreaterThan(0);
  });

  test('rows that are gone are lost, in the interval in which they are', async () => {
    const copy = await copyOf(folder);
    const [from, to] = [busiest - hour, busiest + hour];
    await executed(copy, `DELETE FROM ${table} WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`);
    const { code, verdict, causes, incidents, outcomes, differences } = await only(copy);
    expect([code, verdict]).toEqual([1, 'VIOLATED']);
    expect(Object.keys(causes)).toEqual(['lost']);
    expect(outcomes['missing_batch']).toBeGreaterThan(0);
    expect(incidents).toHaveLength(1);
    expect(incidents[0]?.from.localeCompare(at(from))).toBeGreaterThanOrEqual(0);
    expect(incidents[0]?.to.localeCompare(at(to))).toBeLessThan(0);
    expect(differences[0]?.proof).toMatch(
      /^a run completed at .* computed this instant, and features\.stream_chat_activity has no row of it$/,
    );
  });

  test('one row that is gone is lost, too', async () => {
    const copy = await copyOf(folder);
    await executed(
      copy,
      `DELETE FROM ${table} WHERE (stream_id, as_of) = (SELECT (stream_id, as_of) FROM ${table} WHERE chats_20m > 0 ORDER BY as_of LIMIT 1)`,
    );
    const { code, causes, differences } = await only(copy);
    expect(code).toBe(1);
    expect(causes).toEqual({ lost: 1 });
    expect(differences[0]?.proof).toMatch(/computed this instant, and .* has (rows of it, but not this one|no row of it)$/);
  });

  test('of another version it proves nothing, and says which', async () => {
    const copy = await copyOf(folder);
    const file = join(copy, 'transforms/features/stream_chat_activity.sql');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll("'20 minutes'", "'25 minutes'"));
    const { code, verdict, causes, batchVersion, differences } = await only(copy);
    expect([code, verdict, batchVersion]).toEqual([1, 'VIOLATED', version]);
    expect(Object.keys(causes)).toEqual(['version_skew']);
    expect(differences[0]?.proof).toContain(`is of version ${version} here, and the definition compiles to `);
  });

  test('of another version that says the same it proves nothing, either', async () => {
    const copy = await copyOf(folder);
    const file = join(copy, 'transforms/features/stream_chat_activity.sql');
    await writeFile(file, (await readFile(file, 'utf8')).replace('GROUP BY stream_id', "  AND chat_id <> 'nobody'\nGROUP BY stream_id"));
    const { code, verdict, mismatches, batchVersion } = await only(copy);
    expect([code, verdict, mismatches, batchVersion]).toEqual([1, 'VIOLATED', 0, version]);
  });

  test('without an interval of its ledger the hole is lost', async () => {
    const copy = await copyOf(folder);
    const [from, to] = [start + 7n * hour, start + 14n * hour];
    await executed(
      copy,
      `DELETE FROM ${table} WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`,
      `DELETE FROM features.lockstep_runs WHERE feature = '${name}' AND interval_end > '${at(from)}' AND interval_start < '${at(to)}'`,
    );
    const { code, causes, differences } = await only(copy);
    expect(code).toBe(1);
    expect(Object.keys(causes)).toEqual(['lost']);
    expect(new Set(differences.map((d) => d.proof))).toContain(
      'no run has computed this instant, and runs have computed instants before and after it',
    );
  });

  test('what came minutes ago is left out, and counted', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, withLate(until(first), 60_000_000n));
    const { code, verdict, population, causes } = await only(copy);
    expect([code, verdict, causes]).toEqual([0, 'PROVEN', {}]);
    expect(population).toMatch(/, without \d+ points? that events changed which came since it was computed$/);
  });

  test('after more than a step of the grid the same rows make it stale', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, withLate(until(first), 2n * hour));
    const { code, verdict, causes, differences } = await only(copy);
    expect([code, verdict]).toEqual([1, 'VIOLATED']);
    expect(Object.keys(causes)).toEqual(['stale_table']);
    expect(new Set(differences.map((d) => d.proof.replace(/completed at \S+/, 'completed at …')))).toContain(
      'without what came after the run completed at … had read its rows: then the reference says what the table says',
    );
  });

  test('that nobody computed for hours it is stale where it ends', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, until(second));
    const { code, causes, differences } = await only(copy);
    expect(code).toBe(1);
    expect(Object.keys(causes)).toEqual(['stale_table']);
    const ends = differences.filter((d) => d.proof.startsWith('no run has computed this instant: those of'));
    expect(ends.length).toBeGreaterThan(0);
    expect(ends.every((d) => d.asOf >= at(instantOf(name, first)))).toBe(true);
  });

  test('what came later than the lateness makes it stale until it is repaired', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, until(second));
    await filled(copy, second, null);
    expect((await only(copy)).code).toBe(0);
    await writeRaw(copy, atLast());
    await filled(copy, third, null);
    const stale = await only(copy);
    expect([stale.code, stale.verdict]).toEqual([1, 'VIOLATED']);
    expect(Object.keys(stale.causes)).toEqual(['stale_table']);
    await filled(copy, third, null, '--repair');
    expect(await only(copy)).toMatchObject({ code: 0, verdict: 'PROVEN', causes: {} });
  });

  test('a row beside the grid asks nobody else for one', async () => {
    const copy = await copyOf(folder);
    const instant = busiest - hour / 2n;
    const { code, ...before } = await only(copy);
    await executed(
      copy,
      `INSERT INTO ${table} SELECT * REPLACE (TIMESTAMP '${at(instant)}' AS as_of, 'nobody' AS stream_id, 0 AS chats_20m, 0 AS chatters_20m, 0 AS chats_5m) FROM ${table} LIMIT 1`,
    );
    const after = await only(copy);
    expect([code, after.code, after.causes]).toEqual([0, 0, {}]);
    expect(after.samples).toBe(before.samples + 1 + 31);
  });

  test('what is said to come in a year hides nothing', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, withLate(until(first), 366n * 24n * hour));
    expect(await only(copy)).toMatchObject({ code: 1, verdict: 'VIOLATED' });
  });

  test('raw rows that were loaded late under an earlier ingest time: what mends it is said', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, withLate(until(first), -18n * 60_000_000n));
    const { code, causes, differences } = await only(copy);
    expect(code).toBe(1);
    expect(Object.keys(causes)).toContain('unknown');
    expect(differences.some((d) => d.proof.includes('lockstep materialize --again'))).toBe(true);
  });

  test('an interval that it does not hold is missing', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, until(second));
    const end = instantOf(name, first);
    const { code, causes, differences } = await only(copy, '--interval', `${at(end)}/${at(end + 3n * hour)}`);
    expect([code, Object.keys(causes)]).toEqual([1, ['stale_table']]);
    const proofs = differences.filter((d) => 'stream' in d).map((d) => d.proof.slice(0, 44));
    expect([...new Set(proofs)]).toEqual(['no run has computed this instant: those of f']);
  });
});

/** With a message more in each stream of the last hour, that came so long after the first instant. */
function withLate(events: ReadonlyMap<string, SourceRows>, after: bigint): ReadonlyMap<string, SourceRows> {
  const { columns, rows } = events.get('chats') as SourceRows;
  const place = (column: string): number => columns.indexOf(column);
  const latest = new Map<unknown, readonly (typeof rows)[number][number][]>();
  for (const row of rows) {
    const [stream, sent] = [row[place('STREAM_ID')], row[place('SENT_AT')]];
    if (stream === null || typeof sent !== 'bigint' || sent >= first - hour / 4n) continue;
    latest.set(stream, row);
  }
  const changed: Readonly<Record<string, bigint>> = {
    SENT_AT: after < 0n ? first + after : instantOf(name, first - hour) - 60_000_000n,
    INGESTED_AT: first + after,
  };
  const late = [...latest.values()].map((row) =>
    row.map((value, i) => {
      const column = columns[i] ?? '';
      return column === 'CHAT_ID' ? `late ${String(value)}` : (changed[column] ?? value);
    }),
  );
  return new Map([...events, ['chats', { columns, rows: [...rows, ...late] }]]);
}
