/** The sources of generated cases, and rows for them: ties, copies, NULLs, edges, absent entities, deleted versions. */
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import type { Draw } from './draw.ts';

export const sourcesYaml = `streams:
  clicks:
    warehouse: raw.clicks
    topic: clicks
    key: click_id
    event_time: at
    ingest_time: got
    columns:
      click_id: NUMBER(18,0)
      who: VARCHAR
      item: NUMBER(38,0)
      price: NUMBER(10,2)
      qty: { type: "NUMBER(9,0)", max: 1000000 }
      ok: BOOLEAN
      word: VARCHAR
      on_day: DATE
      ratio: FLOAT
      extra: VARIANT
      at: TIMESTAMP_NTZ
      got: TIMESTAMP_NTZ
  likes:
    warehouse: raw.likes
    topic: likes
    key: [who, seq]
    event_time: at
    columns:
      who: VARCHAR
      seq: NUMBER(9,0)
      item: NUMBER(38,0)
      score: NUMBER(12,4)
      word: VARCHAR
      at: TIMESTAMP_NTZ
tables:
  items:
    warehouse: raw.items
    topic: items
    key: item
    updated_at: changed
    version_by: lsn
    deleted: gone
    columns:
      item: NUMBER(38,0)
      label: VARCHAR
      cost: NUMBER(10,3)
      lsn: NUMBER(18,0)
      changed: TIMESTAMP_NTZ
      gone: BOOLEAN
`;

export const catalog: Catalog = (() => {
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: fuzz\n' },
      { path: 'transforms/sources.yml', text: sourcesYaml },
    ],
  });
  if (read.value === undefined || read.diagnostics.length > 0) throw new Error(JSON.stringify(read.diagnostics));
  return read.value.catalog;
})();

const micros = (iso: string): bigint => BigInt(Date.parse(`${iso}Z`)) * 1000n;
/** The eves of a leap day, of 1970 and of a year: edges of every unit are near. */
const eves = ['2024-02-28T21:00:00', '1969-12-31T20:00:00', '2023-12-31T20:00:00'].map(micros);
const tick = 600_000_000n;

export const people = ['a', 'b', 'é'];
export const things = [1n, 2n, 3n];
export const words = ['a', '', 'B', 'é', '👍x', 'a b', ' pad ', 'x,y,z', '50%', "it's", 'back\\slash', 'a_b', 'snowflake'];
const prices = [100n, 0n, -250n, 1n, 1005n, 333n, 9_999_999_999n];
/** In the one form that a VARIANT has once it is read. */
const documents = [
  '{"a":1,"b":"x","c":["p",2.5,"é"],"d":{"e":null,"f g":true}}',
  '{"a":null,"c":[]}',
  '{"a":"12.50","c":[{"b":"👍"},{"b":"it\'s"}]}',
  '{"c":{"k":"v","é":1}}',
  '[1,"a",null,{"a":2}]',
  '"text"',
  '12',
  'null',
  '{}',
];
const floats = [0.5, 0.1, -0.25, 2.5, 1e10, 3];

export interface World {
  readonly eve: bigint;
  readonly events: ReadonlyMap<string, SourceRows>;
  /** Per source, instants worth asking at: on its rows, a microsecond around them, and a window later. */
  readonly instants: ReadonlyMap<string, readonly bigint[]>;
}

export function drawWorld(d: Draw): World {
  const eve = d.pick(eves);
  const time = (): bigint => eve + tick * BigInt(d.oneIn(2) ? d.below(12) : d.below(36)) + d.pick([0n, 0n, 0n, 1n, -1n, 59_999_999n]);
  const orNull = (value: () => Value): Value => (d.oneIn(10) ? null : value());
  const clicks = rows(d, 14, () => {
    const at = time();
    return [
      BigInt(d.below(9)),
      orNull(() => d.pick(people)),
      orNull(() => d.pick([...things, 4n, 5n])),
      orNull(() => d.pick(prices)),
      orNull(() => BigInt(d.below(7)) - 2n),
      orNull(() => d.below(2) === 0),
      orNull(() => d.pick(words)),
      orNull(() => BigInt(d.below(60)) + eve / 86_400_000_000n - 30n),
      orNull(() => d.pick(floats)),
      orNull(() => d.pick(documents)),
      d.oneIn(20) ? null : at,
      d.oneIn(9) ? null : at + d.pick([1_000_000n, 60_000_000n, 3_600_000_000n, 0n, 5_000_000n, -300_000_000n, -300_000_001n]),
    ];
  });
  const likes = rows(d, 10, () => [
    d.oneIn(12) ? null : d.pick(people),
    BigInt(d.below(4)),
    d.oneIn(4) ? null : d.pick(things),
    orNull(() => BigInt(d.below(200_000)) - 50_000n),
    orNull(() => d.pick(words)),
    time(),
  ]);
  const items = rows(d, 9, () => [
    d.oneIn(14) ? null : d.pick(things),
    orNull(() => d.pick(words)),
    orNull(() => BigInt(d.below(20_000))),
    orNull(() => BigInt(d.below(5))),
    time(),
    orNull(() => d.oneIn(4)),
  ]);
  return {
    eve,
    events: new Map([
      ['clicks', { columns: names('clicks'), rows: clicks }],
      ['likes', { columns: names('likes'), rows: likes }],
      ['items', { columns: names('items'), rows: items }],
    ]),
    instants: new Map([
      ['clicks', around(clicks, 10, eve)],
      ['likes', around(likes, 5, eve)],
      ['items', around(items, 4, eve)],
    ]),
  };
}

/** At times a row is the copy of an earlier one, whole or but for its last columns. */
function rows(d: Draw, most: number, make: () => Value[]): Value[][] {
  const made: Value[][] = [];
  const wanted = d.oneIn(9) ? d.below(most) : most - d.below(Math.floor(most / 3));
  for (let i = 0; i < wanted; i++) {
    const earlier = made.length > 0 && d.oneIn(5) ? d.pick(made) : undefined;
    const row = make();
    if (earlier === undefined) made.push(row);
    else
      made.push(
        d.oneIn(2)
          ? [...earlier]
          : earlier.map((v, k) => (k >= earlier.length - 1 - d.below(3) && k !== earlier.length - 2 ? (row[k] ?? null) : v)),
      );
  }
  return made;
}

function names(source: string): readonly string[] {
  return (catalog.sources.find((s) => s.name === source) as Source).columns.map((c) => c.name);
}

const later = [0n, 0n, 0n, 1n, 1n, -1n, 600_000_000n, 600_000_001n, 1_800_000_000n, 3_600_000_000n, 7_200_000_000n, 86_400_000_000n];

function around(made: readonly (readonly Value[])[], column: number, eve: bigint): readonly bigint[] {
  const times = made.flatMap((row) => (typeof row[column] === 'bigint' ? [row[column]] : []));
  return times.length === 0 ? [eve] : times.flatMap((t) => later.map((l) => t + l));
}
