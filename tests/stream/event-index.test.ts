/**
 * Counted up from events in memory against two that know nothing of it: the lambda's SQL over the same store, and the reference evaluator
 * over what came. Commits with duplicates, copies that replace one another, late events, NULLs and numbers beyond 2^53, in random order.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import type { Value } from '../../compiler/value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { type EventIndexes, openEventIndexes } from '../../runners/stream/event-index/event-indexes.ts';
import { executeLambda, type StoredLambda } from '../../runners/stream/execute.ts';
import { type KeptStore, openKept } from '../../runners/stream/store/kept.ts';

const sources = `streams:
  taps:
    warehouse: raw.taps
    topic: taps
    key: tap_id
    event_time: at
    ingest_time: ingested_at
    lateness: 10 minutes
    columns:
      tap_id: NUMBER(38,0)
      who: VARCHAR
      room: NUMBER(38,0)
      kind: VARCHAR
      big: NUMBER(38,0)
      price: NUMBER(12,2)
      seen_at: TIMESTAMP_NTZ
      at: TIMESTAMP_NTZ
      ingested_at: TIMESTAMP_NTZ
`;
const header = (entity: string, more = ''): string => `/*---\nentity: ${entity}\ndescription: d\nowner: o\nevery: 1 hour\n${more}---*/\n`;

/** All that can be counted up, in every form that an author may give it. */
const counted: Readonly<Record<string, string>> = {
  plain: `${header('who')}SELECT who, COUNT(*) AS n, COUNT(kind) AS k, COUNT(DISTINCT room) AS rooms, COUNT(DISTINCT kind) AS kinds, SUM(price) AS spent,
  MIN(price) AS least, MAX(price) AS most, MAX(at) AS last_at, MIN(at) AS first_at, MAX(seen_at) AS seen, SUM(big) AS big, COUNT(DISTINCT big) AS bigs, MAX(big) AS biggest
FROM taps WHERE at >= as_of() - INTERVAL '10 minutes' GROUP BY who`,
  shorter: `${header('who')}SELECT who, COUNT_IF(at >= as_of() - INTERVAL '2 minutes') AS n_2m, COUNT_IF(at > as_of() - INTERVAL '90 seconds' AND kind = 'a') AS a_90s,
  SUM(IFF(at >= as_of() - INTERVAL '3 minutes', price, 0)) AS spent_3m, SUM(IFF(kind = 'b', price, NULL)) AS spent_b, MAX(IFF(kind <> 'a', price, NULL)) AS most_b,
  COUNT(DISTINCT IFF(at < as_of() - INTERVAL '1 minute', kind, NULL)) AS kinds_before, COALESCE(SUM(IFF(kind = 'c', price, NULL)), 0) AS spent_c
FROM taps WHERE at >= as_of() - INTERVAL '8 minutes' GROUP BY who`,
  some: `${header('room')}SELECT room, COUNT(*) AS n, SUM(price) AS spent, COUNT(DISTINCT who) AS people FROM taps
WHERE at BETWEEN as_of() - INTERVAL '7 minutes' AND as_of() - INTERVAL '1 minute' AND kind <> 'c' GROUP BY room`,
  both: `${header('[who, kind]')}SELECT who, kind, COUNT(*) AS n, SUM(price) AS spent FROM taps WHERE at >= as_of() - INTERVAL '5 minutes' GROUP BY who, kind`,
  extremes: `${header('who')}SELECT who, MIN(big) AS least, MAX(big) AS most FROM taps WHERE at > as_of() - INTERVAL '4 minutes' GROUP BY who`,
  different: `${header('who')}SELECT who, COUNT(DISTINCT big) AS bigs FROM taps WHERE at > as_of() - INTERVAL '4 minutes' GROUP BY who`,
  seen: `${header('who', 'include_as_of: true\n')}SELECT who, COUNT(*) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 minute' GROUP BY who`,
  computed: `${header('who')}SELECT who, COUNT(*) / 10 AS per_minute, DIV0(COUNT_IF(kind = 'a'), COUNT(*)) AS share_a, SUM(price) / NULLIF(COUNT(price), 0) AS mean,
  DATEDIFF('second', MAX(at), as_of()) AS quiet_for, CASE WHEN COUNT(*) > 2 THEN 'busy' WHEN SUM(price) < 0 THEN 'odd' END AS how, COUNT(*) AS n, SUM(price) * 2 + 1 AS twice
FROM taps WHERE at >= as_of() - INTERVAL '10 minutes' GROUP BY who`,
  defaulted: `${header('who', 'defaults: { share: 0.5 }\n')}WITH t AS (SELECT who, COUNT(*) AS n, COUNT_IF(kind = 'a') AS a FROM taps WHERE at >= as_of() - INTERVAL '3 minutes' GROUP BY who)
SELECT who, DIV0(a, n) AS share FROM t`,
  named: `${header('person', 'defaults: { spent: 7.5 }\n')}WITH loud AS (SELECT UPPER(who) AS person, price, at FROM taps WHERE kind IN ('a', 'b'))
SELECT person, COUNT(*) AS n, SUM(price) AS spent FROM loud WHERE as_of() - INTERVAL '6 minutes' < at GROUP BY person`,
};

const start = 1_772_366_400_000_000n;
const second = 1_000_000n;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-event-index-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let catalog: Catalog;
let features: readonly { readonly feature: CheckedFeature; readonly lambda: StoredLambda }[];

/** Sets the catalog, too. */
function compiled(files: Readonly<Record<string, string>>): typeof features {
  const authored = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: test\n' },
      { path: 'transforms/sources.yml', text: sources },
      ...Object.entries(files).map(([name, text]) => ({ path: `transforms/features/${name}.sql`, text })),
    ],
  }).value;
  if (authored === undefined) throw new Error('it does not compile');
  ({ catalog } = authored);
  const { features: found, diagnostics } = compileProject(authored, '2026-11-23');
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return found.map((f) => ({ feature: f.feature, lambda: compiledLambda(f, authored.catalog) }));
}

beforeAll(async () => {
  await loadParser();
  features = compiled(counted);
});

interface Tap {
  readonly id: number;
  readonly who: string | null;
  readonly room: number | null;
  readonly kind: string | null;
  readonly big: bigint | null;
  readonly price: number | null;
  readonly seen: number | null;
  readonly delay: number;
}

const tap: fc.Arbitrary<Tap> = fc.record({
  id: fc.integer({ min: 1, max: 40 }),
  who: fc.constantFrom('ann', 'ann,b', 'Ann', 'é\u0000', null),
  room: fc.constantFrom(1, 2, null),
  kind: fc.constantFrom('a', 'b', 'b,a', 'c', null),
  big: fc.constantFrom(1n, 2n, -(2n ** 53n) + 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 10n ** 30n, null),
  price: fc.option(fc.integer({ min: -100_000, max: 9_999_999_999 }), { freq: 2 }),
  seen: fc.option(fc.integer({ min: 0, max: 900 })),
  delay: fc.integer({ min: 0, max: 5 }),
});

/** The same id is the same event, of which copies came; all times are tens of seconds, so that bounds are met exactly. */
const rowOf = ({ id, who, room, kind, big, price, seen, delay }: Tap): readonly Value[] => {
  const time = start + BigInt((id * 7) % 40) * 20n * second;
  const whole = (n: number | null): bigint | null => (n === null ? null : BigInt(n));
  return [
    BigInt(id),
    who,
    whole(room),
    kind,
    big,
    whole(price),
    seen === null ? null : start + BigInt(seen) * second,
    time,
    time + BigInt(delay) * second,
  ];
};

const people = ['ann', 'ann,b', 'Ann', 'é\u0000', 'nobody'];
const entities: Readonly<Record<string, readonly (readonly Value[])[]>> = {
  who: people.map((who) => [who]),
  room: [[1n], [2n], [3n]],
  person: [['ANN'], ['ANN,B'], ['É\u0000'], ['ann']],
  'who,kind': people.flatMap((who) => ['a', 'b', 'b,a'].map((kind) => [who, kind])),
};

/** Of these nothing is computed of an event, so that what is written need not be read again. */
const asTheyCome = ['plain', 'extremes', 'different', 'seen', 'both'];

async function opened(
  name: string,
  now: number,
  mostBytes = 10_000_000,
  deployed = features,
): Promise<{ readonly store: KeptStore; readonly indexes: EventIndexes; readonly gaveUp: string[] }> {
  const store = await openKept(join(folder, `${name}.duckdb`), catalog.sources);
  const gaveUp: string[] = [];
  const indexes = await openEventIndexes({
    store,
    deployed: () => deployed.map((f) => f.lambda),
    now: () => start + BigInt(now) * second,
    mostBytes,
    gaveUp: (what, because) => gaveUp.push(`${what}: ${because}`),
  });
  return { store, indexes, gaveUp };
}

const commit = (store: KeptStore, rows: readonly (readonly Value[])[]): Promise<void> =>
  store.commit([{ source: 'taps', at: start, rows: rows.map((row) => ({ offset: null, row })), from: null }]);

const spineOf = ({ entity }: CheckedFeature, instants: readonly number[]): readonly SpineRow[] =>
  (entities[entity.map((e) => e.name.toLowerCase()).join(',')] ?? []).flatMap((values) =>
    instants.map((at) => ({ entity: values, asOf: start + BigInt(at) * second })),
  );

/** What is computed of counts is asked of the engine, as a server does. */
async function valuesOf(
  reader: Connection,
  answers: ReturnType<EventIndexes['answers']>,
): Promise<readonly (readonly Value[] | undefined)[]> {
  const found: (readonly Value[] | undefined)[] = [];
  const asks = answers.flatMap((a) => (a !== undefined && 'ask' in a ? [a] : []));
  const [first] = asks;
  const finished =
    first === undefined
      ? []
      : await executeLambda(
          reader,
          first.ask,
          asks.map((a) => a.row),
          asks.length,
        );
  let next = 0;
  for (const a of answers) found.push(a === undefined ? undefined : 'values' in a ? a.values : finished[next++]);
  return found;
}

const plain = (answers: ReturnType<EventIndexes['answers']>): readonly (readonly Value[] | undefined)[] =>
  answers.map((a) => (a !== undefined && 'values' in a ? a.values : undefined));

describe('features of window aggregates', () => {
  test('all of them can be counted up', () => {
    expect(features.filter((f) => f.lambda.eventIndex === undefined).map((f) => f.feature.name)).toEqual([]);
  });

  test.each<readonly [string, string]>([
    [
      'another column than the time against T',
      "COUNT(*) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' AND seen_at < as_of() GROUP BY who",
    ],
    [
      'another column than the time against T, in an aggregate',
      "COUNT_IF(seen_at < as_of()) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who",
    ],
    ['all of history', 'COUNT(*) AS n FROM taps GROUP BY who'],
    ['a month, which is not as long as another', "COUNT(*) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 month' GROUP BY who"],
    ['HAVING', "COUNT(*) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who HAVING COUNT(*) > 1"],
    [
      'the greatest age, which is another for each T',
      "MAX(DATEDIFF('second', at, as_of())) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who",
    ],
    ['the entity among what is computed', "COUNT(*) || who AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who"],
    ['a mean', "AVG(price) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who"],
    ['the greatest text', "MAX(kind) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who"],
    ['a sum of different values', "SUM(DISTINCT price) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who"],
    ['FLOATs', "SUM(CAST(price AS FLOAT)) AS n FROM taps WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY who"],
    [
      "another entity's number",
      "COUNT(*) AS n FROM (SELECT who, at, COUNT(*) OVER (PARTITION BY room) AS c FROM taps WHERE at >= as_of() - INTERVAL '1 hour') GROUP BY who",
    ],
  ])('%s cannot', (_, rest) => {
    expect(compiled({ other: `${header('who')}SELECT who, ${rest}` }).map((f) => f.lambda.eventIndex)).toEqual([undefined]);
  });

  test.each(['all of them', 'those that are taken as they come'])(
    '%s: the values of SQL after each commit, in whatever order events come, and those of the reference',
    async (which) => {
      const some = which === 'all of them' ? features : features.filter((f) => asTheyCome.includes(f.feature.name));
      let files = 0;
      let [answers, left] = [0, 0];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(tap, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 6 }),
          fc.nat({ max: 5 }),
          fc.boolean(),
          fc.boolean(),
          fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 }),
          fc.oneof(fc.constant(1000), fc.integer({ min: 1000, max: 4600 })),
          async (given, builtAfter, atOnce, areCopies, tens, now) => {
            const before = given.map((_, turn) => given.slice(0, turn).flat().length);
            const commits = areCopies ? given : given.map((taps, turn) => taps.map((t, i) => ({ ...t, id: 1 + (before[turn] ?? 0) + i })));
            const instants = tens.map((t) => 10 * t);
            files += 1;
            const { store, indexes, gaveUp } = await opened(`random-${some.length}-${files}`, now, 10_000_000, some);
            const reader = await store.reader();
            try {
              for (const [turn, taps] of commits.entries()) {
                if (turn === builtAfter) indexes.prepare();
                if (atOnce) await indexes.settled();
                await commit(store, taps.map(rowOf));
                if (turn < builtAfter && turn < commits.length - 1) continue;
                for (const { feature, lambda } of some) {
                  const spine = spineOf(feature, instants);
                  indexes.answers(lambda, spine.slice(0, 1));
                  await indexes.settled();
                  const own = await valuesOf(reader, indexes.answers(lambda, spine));
                  const sql = await executeLambda(reader, lambda, spine, spine.length);
                  own.forEach((values, i) => {
                    if (values === undefined) left += 1;
                    else {
                      answers += 1;
                      expect(values, `${feature.name}, ${JSON.stringify(spine[i]?.entity.map(String))}`).toEqual(sql[i]);
                    }
                  });
                }
              }
              const events = new Map([
                ['taps', { columns: catalog.sources[0]?.columns.map((c) => c.name) ?? [], rows: commits.flat().map(rowOf) }],
              ]);
              for (const { feature, lambda } of some) {
                const spine = spineOf(feature, instants);
                const reference = evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' });
                (await valuesOf(reader, indexes.answers(lambda, spine))).forEach((values, i) => {
                  if (values !== undefined) expect(values, feature.name).toEqual(reference[i]);
                });
              }
              expect(gaveUp).toEqual([]);
            } finally {
              reader.close();
              await indexes.close();
              await store.close();
            }
          },
        ),
        { numRuns: 15 },
      );
      // Only what cannot be exact is left to SQL.
      expect(left).toBeGreaterThan(0);
      expect(answers).toBeGreaterThan(300);
    },
    300_000,
  );
});

describe('when it cannot be relied on', () => {
  test('the state of a commit is shown when those who follow it have it', async () => {
    const { store, indexes } = await opened('turns', 1000);
    const seen: (readonly [bigint, bigint])[] = [];
    store.follow(async ([change]) => {
      seen.push([store.state().sequence, change?.came[1] ?? 0n]);
    });
    await commit(store, taps.slice(0, 3));
    expect(seen).toEqual([[1n, 4n]]);
    expect(store.state().sequence).toBe(4n);
    await indexes.close();
    await store.close();
  });

  test('a sum beyond 2^53 of events whose running totals are not: asked of SQL', async () => {
    const { store, indexes } = await opened('beyond', 1000);
    const big = (id: number, value: bigint): readonly Value[] =>
      rowOf({ id, who: 'ann', room: 1, kind: 'a', big: value, price: 1, seen: null, delay: 0 });
    // At 140, 280 and 420 seconds: the first is out of the window.
    await commit(store, [big(1, -(2n ** 53n) + 1n), big(2, 2n), big(3, 2n ** 53n - 1n)]);
    indexes.prepare();
    await indexes.settled();
    const at = (s: number): SpineRow => ({ entity: ['ann'], asOf: start + BigInt(s) * second });
    expect(indexes.answers(lambda('plain'), [at(800)])).toEqual([undefined]);
    expect(plain(indexes.answers(lambda('plain'), [at(300), at(421)])).map((values) => values?.[10])).toEqual([-(2n ** 53n) + 3n, 2n]);
    await indexes.close();
    await store.close();
  });

  const lambda = (name: string): StoredLambda => features.find((f) => f.feature.name === name)?.lambda as StoredLambda;
  const taps = Array.from(
    { length: 40 },
    (_, i): Tap => ({ id: i, who: 'ann', room: 1, kind: 'a', big: 1n, price: i, seen: null, delay: 0 }),
  ).map(rowOf);
  const spine: readonly SpineRow[] = [{ entity: ['ann'], asOf: start + 900n * second }];
  const filled = async (name: string, mostBytes?: number): Promise<Awaited<ReturnType<typeof opened>>> => {
    const found = await opened(name, 1000, mostBytes);
    await commit(found.store, taps);
    found.indexes.prepare();
    await found.indexes.settled();
    return found;
  };

  test('an audit that finds what SQL says changes nothing; one that does not leaves the lambda to SQL', async () => {
    const { store, indexes, gaveUp } = await filled('audit');
    const reader = await store.reader();
    const own = indexes.answers(lambda('plain'), spine);
    expect(own).not.toEqual([undefined]);
    await indexes.audit((of, rows) => executeLambda(reader, of, rows, rows.length));
    expect([gaveUp, indexes.counts().audited]).toEqual([[], 1]);
    expect(indexes.answers(lambda('plain'), spine)).toEqual(own);
    await indexes.audit(async () => [plain(own)[0]?.with(0, 0n) ?? []]);
    expect(gaveUp).toEqual(['plain: differs']);
    expect(indexes.answers(lambda('plain'), spine)).toEqual([undefined]);
    expect(indexes.answers(lambda('extremes'), spine)).not.toEqual([undefined]);
    await indexes.audit(async () => {
      throw new Error('the engine failed');
    });
    expect(gaveUp).toEqual(['plain: differs', 'extremes: failed']);
    expect(indexes.answers(lambda('extremes'), spine)).toEqual([undefined]);
    reader.close();
    await indexes.close();
    await store.close();
  });

  test('more than it may have: the features that look back longest are left to SQL first, and commits go on', async () => {
    const answered = async (name: string, mostBytes: number): Promise<readonly string[]> => {
      const { store, indexes, gaveUp } = await opened(name, 1000, mostBytes);
      // Forty events within ten minutes, and sixty an hour before, for those who look back ten minutes only.
      const old = Array.from({ length: 60 }, (_, i) =>
        rowOf({ id: 100 + i, who: 'ann', room: 1, kind: 'a', big: 1n, price: i, seen: null, delay: 0 }),
      );
      await commit(store, [...taps, ...old.map((row, i) => row.with(7, start - 3200n * second + BigInt(i)).with(8, start))]);
      const asked = ['plain', 'extremes'].map(lambda);
      for (let i = 0; i < 4; i++) {
        for (const one of asked) indexes.answers(one, spine);
        await indexes.settled();
      }
      await commit(store, [rowOf({ id: 99, who: 'ann', room: 1, kind: 'a', big: 1n, price: 1, seen: null, delay: 0 })]);
      expect(store.state().sources.get('taps')?.counts.accepted).toBe(101);
      const found = asked.filter((one) => indexes.answers(one, spine)[0] !== undefined).map((one) => one.artifact.name);
      expect(gaveUp.every((text) => text === 'taps: memory')).toBe(true);
      expect(gaveUp.length > 0).toBe(found.length < 2);
      await indexes.close();
      await store.close();
      return found;
    };
    expect(await answered('roomy', 10_000_000)).toEqual(['plain', 'extremes']);
    expect(await answered('small', 13_000)).toEqual(['extremes']);
    expect(await answered('none', 600)).toEqual([]);
  });

  test('what comes and goes while the store is read', async () => {
    const { store, indexes } = await opened('meanwhile', 1000);
    await commit(store, [rowOf({ id: 1, who: 'ann', room: 1, kind: 'a', big: 1n, price: 500, seen: null, delay: 5 })]);
    let [opens, go, begin] = [0, (): void => {}, (): void => {}];
    const gate = new Promise<void>((open) => {
      go = open;
    });
    const begun = new Promise<void>((does) => {
      begin = does;
    });
    // The first is the one that follows commits.
    const columns: KeptStore['columns'] = async () => {
      const connection = await store.columns();
      opens += 1;
      if (opens === 1) return connection;
      const execute = (sql: string): Promise<void> => connection.execute(sql).then(() => void (sql.startsWith('SELECT') && begin()));
      return { ...connection, execute, read: (...given) => gate.then(() => connection.read(...given)) };
    };
    const slow = await openEventIndexes({
      store: { ...store, columns },
      deployed: () => [lambda('plain')],
      now: () => start + 1000n * second,
      mostBytes: 10_000_000,
      gaveUp: () => {},
    });
    slow.prepare();
    await begun;
    await commit(store, [
      rowOf({ id: 1, who: 'ann', room: 1, kind: 'a', big: 1n, price: 700, seen: null, delay: 1 }),
      rowOf({ id: 2, who: 'ann', room: 2, kind: 'a', big: 1n, price: 30, seen: null, delay: 1 }),
    ]);
    go();
    await slow.settled();
    const [values] = plain(slow.answers(lambda('plain'), [{ entity: ['ann'], asOf: start + 600n * second }]));
    // Two events, two rooms, 7.00 of the copy that counts and 0.30.
    expect([values?.[0], values?.[2], values?.[4]]).toEqual([2n, 2n, 730n]);
    await slow.close();
    await indexes.close();
    await store.close();
  });

  test('what comes while the store is read, and is read itself when that has ended', async () => {
    const { store, indexes } = await opened('after', 1000);
    const gates = [0, 1].map(() => {
      let open = (): void => {};
      const opened = new Promise<void>((does) => {
        open = does;
      });
      return { open: () => open(), opened };
    });
    let [opens, begin] = [0, (): void => {}];
    const begun = new Promise<void>((does) => {
      begin = does;
    });
    const columns: KeptStore['columns'] = async () => {
      const connection = await store.columns();
      const gate = gates[opens] as (typeof gates)[number];
      const isFollower = opens === 0;
      opens += 1;
      return {
        ...connection,
        execute: (sql) => connection.execute(sql).then(() => void (sql.startsWith('SELECT') && begin())),
        read: async (...given) => {
          if (isFollower) gates[1]?.open();
          await gate.opened;
          return connection.read(...given);
        },
      };
    };
    // Something is computed of its events, so that they are read.
    const slow = await openEventIndexes({
      store: { ...store, columns },
      deployed: () => [lambda('shorter')],
      now: () => start + 1000n * second,
      mostBytes: 10_000_000,
      gaveUp: () => {},
    });
    slow.prepare();
    await begun;
    const committed = commit(store, [rowOf({ id: 2, who: 'ann', room: 2, kind: 'a', big: 1n, price: 30, seen: null, delay: 1 })]);
    await slow.settled();
    gates[0]?.open();
    await committed;
    // At 280 seconds.
    expect(plain(slow.answers(lambda('shorter'), [{ entity: ['ann'], asOf: start + 300n * second }]))[0]?.slice(0, 2)).toEqual([1n, 1n]);
    await slow.close();
    await indexes.close();
    await store.close();
  });

  test('closed while it reads: the reading ends first', async () => {
    const { store, indexes } = await opened('closed', 1000);
    await commit(store, taps);
    indexes.prepare();
    await indexes.close();
    await store.close();
  });

  test('SQL that the engine does not take: left to the lambda, and commits go on', async () => {
    const { store, indexes, gaveUp } = await opened('broken', 1000);
    const { eventIndex, ...rest } = lambda('plain');
    const broken = { ...rest, eventIndex: { ...eventIndex, time: { sql: 'no_such_function(event.at)', column: null } } } as StoredLambda;
    expect(indexes.answers(broken, spine)).toEqual([undefined]);
    await indexes.settled();
    expect(gaveUp).toEqual(['taps: failed']);
    await commit(store, taps);
    expect(store.state().sources.get('taps')?.counts.accepted).toBe(40);
    await indexes.close();
    await store.close();
  });

  test('what is old is forgotten, and asked of SQL', async () => {
    const { store, indexes } = await opened('old', 1000);
    let clock = 1000;
    const moving = await openEventIndexes({
      store,
      deployed: () => [lambda('plain')],
      now: () => start + BigInt(clock) * second,
      mostBytes: 10_000_000,
      gaveUp: () => {},
    });
    await commit(store, taps);
    moving.prepare();
    await moving.settled();
    expect(moving.counts().events).toBe(40);
    expect(moving.answers(lambda('plain'), spine)).not.toEqual([undefined]);
    // Ten minutes of lookback, and an hour: what is dated before the 400th second goes.
    clock = 400 + 600 + 3600;
    await moving.forgetOld();
    expect(moving.counts().events).toBe(20);
    expect(moving.answers(lambda('plain'), spine)).toEqual([undefined]);
    expect(moving.answers(lambda('plain'), [{ entity: ['ann'], asOf: start + 1000n * second }])).not.toEqual([undefined]);
    await moving.close();
    await indexes.close();
    await store.close();
  });
});
