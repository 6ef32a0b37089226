/** A table in batch's place: which points are compared, what a row that is not there means, and what is said of it. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Row } from '../../examples/marketplace/rows.ts';
import { folderWith, lockstep } from '../support/cli.ts';
import { type Fault, parquetOf, written } from './by-hand.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const world = await written();
afterAll(() => world.close());

const name = 'stream_chat_activity';
const all = await world.rows(name);
/** As a model that groups events writes it: who was silent has no row. */
const spoke = all.filter((row) => row['chats_20m'] !== '0');

async function compared(rows: readonly Row[] | string, ...options: readonly string[]) {
  const table = typeof rows === 'string' ? rows : await world.table(rows);
  const argv = ['parity', '--project', project, '--events', world.events, '--feature', name, '--batch-table', table, ...options];
  const ran = await lockstep(...argv, '--format', 'json');
  return { ...ran, report: ran.out === '' ? undefined : JSON.parse(ran.out).features[0], text: async () => (await lockstep(...argv)).out };
}

const edge: readonly [lambda: Fault, batch: Fault] = [
  ['c.sent_at < asked.as_of', 'c.sent_at <= asked.as_of'],
  ['c.sent_at < s.as_of', 'c.sent_at <= s.as_of'],
];
const counts = { chats_20m: 'BIGINT', chatters_20m: 'BIGINT', chats_5m: 'INTEGER' };
const keys = { stream_id: 'VARCHAR', as_of: 'TIMESTAMP' };

describe('rows that are not there', () => {
  test('where the definition finds none, either: nothing is missing, and the lambda is compared with silence', async () => {
    const { code, report, text } = await compared(spoke);
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'PROVEN' });
    expect(report.outcomes.missing_batch).toBe(0);
    expect(report.samples).toBeGreaterThan(spoke.length);
    expect(await text()).toContain(`; it has a row at ${spoke.length} of ${report.samples} points\n`);
  });

  test('a lambda that remembers too long speaks where the table is silent', async () => {
    const stale = await world.lambda(name, ['c.sent_at >= asked.as_of - INTERVAL 20', 'c.sent_at >= asked.as_of - INTERVAL 200']);
    const { code, report } = await compared(spoke, '--lambda-sql', stale);
    expect({ code, verdict: report.verdict }).toEqual({ code: 1, verdict: 'VIOLATED' });
    expect(report.outcomes.default).toBeGreaterThan(0);
    expect(report.outcomes.missing_batch).toBe(0);
  });

  test('where the definition finds one: missing_batch, and a way out is named', async () => {
    const dropped = spoke.filter((_, i) => i % 10 !== 3);
    const { code, report, text } = await compared(dropped);
    const missing = spoke.length - dropped.length;
    expect({ code, verdict: report.verdict }).toEqual({ code: 1, verdict: 'VIOLATED' });
    expect(report).toMatchObject({ mismatches: missing, causes: { unknown: missing }, referenceMismatches: missing });
    expect(report.outcomes.missing_batch).toBe(3 * missing);
    expect(report.differences[0]).toMatchObject({ outcome: 'missing_batch', batch: null, cause: 'unknown' });
    const said = await text();
    expect(said).toContain(`the table has no row at ${missing} points where the definition finds one; if it answers other questions`);
    expect(said).toMatch(/chats_20m no row in batch, "\d+" in the lambda/);
    expect(said).toContain('\n  why (unknown): the table has no row here, and the definition finds one');
  });

  test('a row about somebody of whom no event tells is compared, too', async () => {
    const { code, report } = await compared([...spoke, { ...(spoke[0] as Row), stream_id: 'ghost' }]);
    expect({ code, mismatches: report.mismatches }).toEqual({ code: 1, mismatches: 1 });
    expect(report.differences[0]).toMatchObject({ key: { stream_id: 'ghost' }, stream: '0', cause: 'unknown' });
  });

  test('of a table that is no snapshot a spine names the points', async () => {
    const few = await world.table(spoke.filter((_, i) => i % 10 === 3));
    const { code, report } = await compared(few, '--spine', few);
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'PROVEN' });
    expect(report.samples).toBe(spoke.filter((_, i) => i % 10 === 3).length);
  });
});

describe('which points', () => {
  test('those of the table, and of an interval', async () => {
    const instants = new Set(all.map((row) => String(row['as_of'])));
    const { report } = await compared(all);
    expect(report.population).toMatch(new RegExp(`^census of \\d+ entities at the ${instants.size} instants of the table$`));
    const from = '2026-03-01T19:00:00';
    const evening = [...instants].filter((at) => at >= from && at < '2026-03-01T20:00:00');
    const within = await compared(all, '--interval', `${from}/2026-03-01T20:00:00`);
    expect(within.code).toBe(0);
    expect(within.report.population).toContain(`at the ${evening.length} instants of the table`);
    expect(within.report.samples).toBe((report.samples / instants.size) * evening.length);
  });

  test('none: undecided', async () => {
    const { code, report } = await compared(all, '--interval', '2020-01-01T00:00:00/2020-01-02T00:00:00');
    expect({ code, ...report }).toMatchObject({
      code: 3,
      verdict: 'UNDECIDED',
      population: 'the table has no row, or none in the interval',
    });
  });
});

describe('two hands', () => {
  test('the same fault twice: they agree, and not with the definition', async () => {
    const [lambda, batch] = edge;
    const table = await world.rows(name, batch);
    const { code, report, text } = await compared(table, '--lambda-sql', await world.lambda(name, lambda));
    expect({ code, verdict: report.verdict, causes: report.causes }).toEqual({ code: 1, verdict: 'VIOLATED', causes: {} });
    expect(report.mismatches).toBe(0);
    const differing = all.filter((row, i) => JSON.stringify(row) !== JSON.stringify(table[i])).length;
    expect(report.referenceMismatches).toBe(differing);
    expect(await text()).toContain(
      `batch and the lambda agree with each other at ${differing} points where neither says what the definition says\n`,
    );
  });

  test('two faults in one table: each has its own name, as far as it has one', async () => {
    const [, batch] = edge;
    const table = await world.rows(name, batch);
    const differing = all.flatMap((row, i) => (JSON.stringify(row) !== JSON.stringify(table[i]) ? [i] : []));
    const streams = differing.map((i) => all[i]?.['stream_id']);
    const other = all.findIndex((row) => Number(row['chats_20m']) > 2 && !streams.includes(row['stream_id']));
    const { report } = await compared(table.map((row, i) => (i === other ? { ...row, chatters_20m: '41' } : row)));
    expect(report.causes).toEqual({ boundary: differing.length, unknown: 1 });
  });

  test('a fault of all instants is not the name of another at one of them', async () => {
    const instants = [...new Set(all.map((row) => String(row['as_of'])))].sort();
    // Not every instant is looked at to find a way; each point is, before it has a name.
    for (const at of instants.filter((_, i) => i % 9 === 1)) {
      const other = all.findIndex((row) => row['as_of'] === at && Number(row['chats_20m']) > 2);
      if (other < 0) continue;
      const table = all.map((row, i) =>
        i === other ? { ...row, chats_20m: '41' } : row['chats_20m'] === '0' ? { ...row, chats_20m: null } : row,
      );
      const { report } = await compared(table);
      expect(report.causes['unknown']).toBe(1);
      expect(report.causes['empty_default']).toBeGreaterThan(200);
    }
  });

  test('another fault on each side: neither is called an engine', async () => {
    const lambda = await world.lambda(name, ['count(c.chat_id) AS chats_20m', '7 + count(c.chat_id) AS chats_20m']);
    const { code, report } = await compared(await world.rows(name, edge[1]), '--lambda-sql', lambda);
    expect({ code, verdict: report.verdict, causes: Object.keys(report.causes) }).toEqual({
      code: 1,
      verdict: 'VIOLATED',
      causes: ['unknown'],
    });
    const proofs = new Set(report.differences.map((d: { proof: string }) => d.proof));
    expect(proofs).toContain('neither the table nor the stream says what the reference says from the same rows');
  });
});

test('replay: what came late explains, and the table is at no fault', async () => {
  const { code, report } = await compared(all, '--mode', 'replay');
  expect({ code, verdict: report.verdict, causes: Object.keys(report.causes) }).toEqual({ code: 0, verdict: 'PROVEN', causes: ['late'] });
});

test('served: answers at the instants of the table, and how many are at others', async () => {
  const log = [...spoke.slice(0, 20), ...spoke.slice(0, 5).map((row) => ({ ...row, as_of: '2026-03-01T20:02:02' }))];
  const folder = await folderWith({
    'log.ndjson': log.map((row) => `${JSON.stringify({ feature: name, version: 'v', ...row })}\n`).join(''),
  });
  const { code, report } = await compared(all, '--mode', 'served', '--served-log', `${folder}/log.ndjson`);
  expect({ code, verdict: report.verdict, samples: report.samples }).toEqual({ code: 0, verdict: 'PROVEN', samples: 20 });
  expect(report.population).toMatch(
    /^census of 20 answers to \d+ entities in the log, without 5 answers at instants that the table does not have$/,
  );
  const changed = log.map((row, i) => (i === 3 ? { ...row, chats_20m: '77' } : row));
  const other = await folderWith({
    'log.ndjson': changed.map((row) => `${JSON.stringify({ feature: name, version: 'v', ...row })}\n`).join(''),
  });
  const wrong = await compared(all, '--mode', 'served', '--served-log', `${other}/log.ndjson`);
  expect({ code: wrong.code, mismatches: wrong.report.mismatches }).toEqual({ code: 1, mismatches: 1 });
});

describe('what the file holds', () => {
  test('Parquet with the types of the outputs; further columns are nobody’s concern', async () => {
    const csv = await world.table(spoke.map((row) => ({ ...row, note: 'x' })));
    const { code, report } = await compared(await parquetOf(csv, { ...counts, note: 'VARCHAR', ...keys }));
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'PROVEN' });
  });

  test('another type, a column that is not there: named', async () => {
    const csv = await world.table(spoke);
    const double = await compared(await parquetOf(csv, { ...keys, ...counts, chats_20m: 'DOUBLE' }));
    expect(double).toMatchObject({ code: 2, out: '' });
    expect(double.err).toMatch(/by_hand\.parquet: CHATS_20M: the file has DOUBLE where NUMBER\(18,0\) is declared/);
    const missing = await compared(spoke.map(({ chats_5m: _, ...row }) => row));
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toMatch(/by_hand\.csv:1: CHATS_5M: the header does not name this column/);
    const fraction = await compared(spoke.map((row, i) => (i === 1 ? { ...row, chats_5m: '1.5' } : row)));
    expect(fraction).toMatchObject({ code: 2, out: '' });
    expect(fraction.err).toMatch(/by_hand\.csv:3: CHATS_5M: /);
  });

  test('one point twice: both lines', async () => {
    const { code, out, err } = await compared([...spoke.slice(0, 5), { ...(spoke[1] as Row), chats_5m: '9' }]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/by_hand\.csv:7: this row answers for the same entity and instant as line 3\n/);
  });

  test('nobody: the line', async () => {
    const { code, err } = await compared([...spoke.slice(0, 2), { ...(spoke[2] as Row), stream_id: null }]);
    expect(code).toBe(2);
    expect(err).toMatch(/by_hand\.csv:4: STREAM_ID: nobody is asked for NULL/);
  });

  test('no file, and one of another kind', async () => {
    const none = await compared('/nowhere/prices.csv');
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/prices\.csv: there is no such file/);
    const folder = await folderWith({ 'prices.xlsx': 'x' });
    expect((await compared(`${folder}/prices.xlsx`)).err).toMatch(/a batch table is one of \.ndjson, \.csv, \.parquet/);
  });
});
