/** A stream, features that can be counted up from its events in every form that an author may give them, and stores and indexes of both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import type { Value } from '../../compiler/value.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { type EventIndexes, openEventIndexes } from '../../runners/stream/event-index/event-indexes.ts';
import type { StoredLambda } from '../../runners/stream/execute.ts';
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
export const header = (entity: string, more = ''): string =>
  `/*---\nentity: ${entity}\ndescription: d\nowner: o\nevery: 1 hour\n${more}---*/\n`;

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

export const start = 1_772_366_400_000_000n;
export const second = 1_000_000n;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-event-index-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Compiled {
  readonly catalog: Catalog;
  readonly features: readonly { readonly feature: CheckedFeature; readonly lambda: StoredLambda }[];
}

export function compiled(files: Readonly<Record<string, string>>): Compiled {
  const authored = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: test\n' },
      { path: 'transforms/sources.yml', text: sources },
      ...Object.entries(files).map(([name, text]) => ({ path: `transforms/features/${name}.sql`, text })),
    ],
  }).value;
  if (authored === undefined) throw new Error('it does not compile');
  const { features: found, diagnostics } = compileProject(authored, '2026-11-23');
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const { catalog } = authored;
  return { catalog, features: found.map((f) => ({ feature: f.feature, lambda: compiledLambda(f, catalog) })) };
}

await loadParser();
export const { catalog, features } = compiled(counted);

export interface Tap {
  readonly id: number;
  readonly who: string | null;
  readonly room: number | null;
  readonly kind: string | null;
  readonly big: bigint | null;
  readonly price: number | null;
  readonly seen: number | null;
  readonly delay: number;
}

export const tap: fc.Arbitrary<Tap> = fc.record({
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
export const rowOf = ({ id, who, room, kind, big, price, seen, delay }: Tap): readonly Value[] => {
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
export const entities: Readonly<Record<string, readonly (readonly Value[])[]>> = {
  who: people.map((who) => [who]),
  room: [[1n], [2n], [3n]],
  person: [['ANN'], ['ANN,B'], ['É\u0000'], ['ann']],
  'who,kind': people.flatMap((who) => ['a', 'b', 'b,a'].map((kind) => [who, kind])),
};

/** Of these nothing is computed of an event, so that what is written need not be read again. */
export const asTheyCome = ['plain', 'extremes', 'different', 'seen', 'both'];

export async function opened(
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

export const commit = (store: KeptStore, rows: readonly (readonly Value[])[]): Promise<void> =>
  store.commit([{ source: 'taps', at: start, rows: rows.map((row) => ({ offset: null, row })), from: null }]);

/** Of those that need no engine. */
export const plain = (answers: ReturnType<EventIndexes['answers']>): readonly (readonly Value[] | undefined)[] =>
  answers.map((a) => (a !== undefined && 'values' in a ? a.values : undefined));
