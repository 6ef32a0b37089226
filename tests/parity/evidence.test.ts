/** What became of rows on their way, told from the rows of both sides alone. */
import { describe, expect, test } from 'vitest';
import type { Stream, Table } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { gaps, partitionGaps } from '../../runners/parity/evidence/gaps.ts';
import { pairRows } from '../../runners/parity/evidence/pairs.ts';
import { timeChanges } from '../../runners/parity/evidence/time-change.ts';
import { isCoerced } from '../../runners/parity/evidence/value-change.ts';
import { feature, sources } from '../lift/market.ts';
import { prepare } from '../support/forms.ts';

const { catalog } = prepare({
  sources,
  feature: feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id'),
});
const chats = catalog.sources.find((s) => s.name === 'chats') as Stream;
const sellers = catalog.sources.find((s) => s.name === 'sellers') as Table;
const second = 1_000_000n;
const start = BigInt(Date.UTC(2026, 0, 5, 12)) * 1000n;

type Row = readonly Value[];
const chat = (
  id: string,
  at: bigint,
  { stream = 's', user = 'u', came = at + second }: { stream?: string; user?: string; came?: bigint } = {},
): Row => [id, stream, user, 3n, at, came];
const seller = (id: string, country: string, lsn: bigint, at: bigint, deleted = false): Row => [id, country, lsn, at, deleted];

const classes = (source: Stream | Table, batch: readonly Row[], stream: readonly Row[]): readonly (readonly [string, number])[] => {
  const counts = new Map<string, number>();
  for (const { class: kind } of pairRows(source, batch, { rows: stream })) counts.set(String(kind), (counts.get(String(kind)) ?? 0) + 1);
  return [...counts].sort();
};

/** Irregular, so that nothing is the neighbour of anything by chance. */
const many = Array.from({ length: 60 }, (_, i) => chat(`c${i}`, start + BigInt(i * 17 + (i % 7)) * second + BigInt((i * 977) % 1_000_000)));
const edited = (change: (row: Row, i: number) => readonly Row[]): readonly Row[] => many.flatMap(change);

describe('rows of a stream', () => {
  test('the same rows in another order are the same', () => {
    expect(classes(chats, many, [...many].reverse())).toEqual([['null', 60]]);
  });

  test('one that comes later is late, and keeps both times of arrival', () => {
    const stream = edited((row, i) => [i === 7 ? [...row.slice(0, 5), (row[5] as bigint) + 900n * second] : row]);
    expect(classes(chats, many, stream)).toEqual([
      ['late', 1],
      ['null', 59],
    ]);
  });

  test('copies with other values that come later are late, each', () => {
    const at = start + 11n * second;
    const batch = [chat('d', at, { user: 'u', came: at + second }), chat('d', at, { user: 'w', came: at + 60n * second })];
    const stream = [chat('d', at, { user: 'w', came: at + 70n * second }), chat('d', at, { user: 'u', came: at + 400n * second })];
    expect(classes(chats, batch, stream)).toEqual([['late', 2]]);
  });

  test('single rows are lost, a stretch is a gap', () => {
    expect(
      classes(
        chats,
        many,
        edited((row, i) => (i % 13 === 4 ? [] : [row])),
      ),
    ).toEqual([
      ['lost', 5],
      ['null', 55],
    ]);
    expect(
      classes(
        chats,
        many,
        edited((row, i) => (i >= 20 && i < 32 ? [] : [row])),
      ),
    ).toEqual([
      ['null', 48],
      ['stream_gap', 12],
    ]);
    expect(
      classes(
        chats,
        many,
        edited((row, i) => ((i >= 20 && i < 34) || i === 3 || i === 50 ? [] : [row])),
      ),
    ).toEqual([
      ['lost', 2],
      ['null', 44],
      ['stream_gap', 14],
    ]);
  });

  test('a copy under another key, or under another time, is a duplicate; anything else was never in batch', () => {
    const again = chat('c5-again', (many[5] as Row)[4] as bigint);
    const later = chat('c6', ((many[6] as Row)[4] as bigint) + 5n * second);
    const other = chat('x1', start + 3n * second, { user: 'somebody else' });
    expect(classes(chats, many, [...many, again, later, other])).toEqual([
      ['duplicate', 2],
      ['not_in_batch', 1],
      ['null', 60],
    ]);
  });

  test('times: hours off, seconds off, cut', () => {
    const moved = (by: (at: bigint) => bigint) => edited((row) => [[...row.slice(0, 4), by(row[4] as bigint), row[5] as Value]]);
    expect(
      classes(
        chats,
        many,
        moved((at) => at - 18_000n * second),
      ),
    ).toEqual([['time_zone', 60]]);
    expect(
      classes(
        chats,
        many,
        moved((at) => at - 19_800n * second),
      ),
    ).toEqual([['time_zone', 60]]);
    expect(
      classes(
        chats,
        many,
        moved((at) => at + 137n * second),
      ),
    ).toEqual([['clock_offset', 60]]);
    // The first lies on a whole minute as it is.
    const cut = moved((at) => at - (at % 60_000_000n));
    expect(classes(chats, many, cut).filter(([kind]) => kind !== 'null')).toEqual([['timestamp_precision', 59]]);
  });

  test('values', () => {
    const otherUser = edited((row, i) => [i === 3 ? [row[0] as Value, row[1] as Value, 'w', ...row.slice(3)] : row]);
    expect(classes(chats, many, otherUser)).toEqual([
      ['changed', 1],
      ['null', 59],
    ]);
  });
});

describe('versions of a table', () => {
  const versions = [
    seller('a', 'pl', 1n, start),
    seller('a', 'de', 2n, start + 60n * second),
    seller('a', 'de', 3n, start + 90n * second, true),
  ];
  test('a missing version is staleness, a missing tombstone a missed deletion', () => {
    expect(classes(sellers, versions, versions.slice(0, 1))).toEqual([
      ['missed_delete', 1],
      ['null', 1],
      ['stale_table', 1],
    ]);
  });
});

describe('losses in a row', () => {
  const rows = many.map((row) => row);
  const when = (row: Row): bigint => row[4] as bigint;
  test('four are no gap, whoever else is lost', () => {
    expect(gaps(rows, new Set(rows.slice(10, 14)), when).size).toBe(0);
  });
  test('where half of all are lost one by one, five in a row are none either', () => {
    const half = rows.filter((_, i) => i % 2 === 0);
    expect(gaps(rows, new Set([...half, rows[11] as Row, rows[13] as Row]), when).size).toBe(0);
  });
});

describe('losses of one partition', () => {
  const rows = many.map((row) => row);
  const when = (row: Row): bigint => row[4] as bigint;
  const places = new Map(rows.map((row, i) => [row, i % 2]));
  const partitionOf = (row: Row): number | undefined => places.get(row);
  const found = (lost: readonly Row[], all = rows): readonly number[] =>
    [...partitionGaps(all, new Set(lost), when, partitionOf).values()].sort();
  const ofOne = rows.filter((_, i) => i % 2 === 1);

  test('nothing of it came while the other went on: a gap of that partition, and only what lies in it', () => {
    const alone = rows[54] as Row;
    const gap = partitionGaps(rows, new Set([...ofOne.slice(5, 25), alone]), when, partitionOf);
    expect([...gap.keys()]).toEqual(ofOne.slice(5, 25));
    expect(new Set(gap.values())).toEqual(new Set([1]));
  });
  test('at the beginning and at the end as well', () => {
    expect(found(ofOne.slice(0, 14))).toEqual(Array(14).fill(1));
    expect(found(ofOne.slice(-14))).toEqual(Array(14).fill(1));
  });
  test('nothing of any came: that is no gap of one', () => {
    expect(found(rows.slice(10, 40))).toEqual([]);
  });
  test('it had nothing to send: who is lost meanwhile is lost otherwise', () => {
    const idle = rows.filter((row, i) => i < 10 || i > 50 || places.get(row) === 0);
    const lost = idle.filter((_, i) => i % 5 === 0);
    expect(found(lost, idle)).toEqual([]);
  });
  test('every second of it is lost, one by one: none', () => {
    expect(found(ofOne.filter((_, i) => i % 2 === 0))).toEqual([]);
  });
  test('five in a row of it are lost while five others come: that may be chance', () => {
    expect(found(ofOne.slice(5, 10))).toEqual([]);
  });
  test('it was quiet, and the four that it sent are lost: too few to say', () => {
    const few = new Set(ofOne.slice(5, 25).filter((_, i) => i % 5 === 0));
    const quiet = rows.filter((row) => places.get(row) === 0 || !ofOne.slice(5, 25).includes(row) || few.has(row));
    expect(found([...few, rows[0] as Row], quiet)).toEqual([]);
  });
  test('a server that has one partition says nothing', () => {
    expect([...partitionGaps(rows, new Set(ofOne.slice(5, 25)), when, () => 0)]).toEqual([]);
  });
});

test('one time that looks cut by chance does not make a slow clock a coarse one', () => {
  const times = [7n, 22n, 41n].map((s) => ({ from: start + s * second, to: start + (s - 7n) * second }));
  expect(timeChanges(times)).toEqual(['clock_offset', 'clock_offset', 'clock_offset']);
});

test('what a careless reader makes of values, and what it does not', () => {
  const made: readonly (readonly [Value, Value])[] = [
    [9_007_199_254_740_993n, 9_007_199_254_740_992n],
    [12_34n, 12_00n],
    [-12_99n, -13_00n],
    ['007', '7'],
    ['1.50', '1.5'],
    [' x', 'x'],
    ['abcdef', 'abc'],
    [0.1, Math.fround(0.1)],
  ];
  expect(made.map(([from, to]) => isCoerced(from, to))).toEqual(made.map(() => true));
  const not: readonly (readonly [Value, Value])[] = [
    [12_34n, 12_35n],
    ['007', '8'],
    ['abc', ''],
    [null, 0n],
    [5n, null],
    ['abc', 'abd'],
    [0.1, 0.2],
  ];
  expect(not.map(([from, to]) => isCoerced(from, to))).toEqual(not.map(() => false));
});
