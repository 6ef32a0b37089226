/** What the reference evaluator says of the marketplace, and SQL written by hand of flights; and the events of either as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { number, timestamp, varchar } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { Row } from '../../../examples/marketplace/rows.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import { formatTimestamp, formatValue } from '../../../runners/data/format-value.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { byHand } from '../../flights/by-hand.ts';
import { loadFlights, originSpine } from '../../flights/data.ts';
import { asked, catalog, entityOnly, featureNamed, type World } from '../../marketplace/world.ts';

/** Texts, booleans, times, numbers with and without a scale, and a feature that looks at all entities. */
const names = [
  'buyer_category_affinity',
  'buyer_last_order',
  'seller_cancellation_rate',
  'seller_country_rank',
  'stream_chat_activity',
  'stream_hotness',
  'user_engagement',
];

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

export function writeWorld(world: World, folder: string): void {
  mkdirSync(folder);
  for (const [source, rows] of world.raw) writeFileSync(join(folder, `${source}.ndjson`), lines(rows));
}

export function knownOfMarket(world: World): object {
  const training = names.map((name) => {
    const { rows, spine } = asked(featureNamed(name), world, 60);
    return [name, { asked: rows, wanted: wanted(world, name, spine) }] as const;
  });
  const online = names.map((name) => {
    const { rows, spine } = asked(featureNamed(name), world, 60);
    // The instant at which the feature says most of these rows.
    const asOf = spine.map((s) => s.asOf).sort()[spine.length >> 1] ?? 0n;
    const entities = rows.map(entityOnly) as readonly Row[];
    const at = spine.map(({ entity }) => ({ entity, asOf }));
    return [name, { asked: entities, as_of: formatTimestamp(asOf), wanted: wanted(world, name, at) }] as const;
  });
  return { training: Object.fromEntries(training), online: Object.fromEntries(online) };
}

function wanted(world: World, name: string, spine: Parameters<typeof evaluateFeature>[3]): readonly object[] {
  const { feature } = featureNamed(name);
  const answers = evaluateFeature(feature, catalog, world.events, spine, { knowledge: 'event' });
  return answers.map((values) => printed(name, feature.outputs, values));
}

type Outputs = ReturnType<typeof featureNamed>['feature']['outputs'];

const printed = (name: string, outputs: Outputs, values: readonly Value[]): object =>
  Object.fromEntries(outputs.map((o, i) => [`${name}__${outputName(o.name)}`, formatValue(values[i] ?? null, o.type)]));

/** Writes the flights into `folder`. */
export async function knownOfFlights(folder: string): Promise<readonly object[]> {
  const flights = await loadFlights();
  mkdirSync(folder);
  const [source] = flights.project.authored.catalog.sources;
  writeFileSync(join(folder, 'flights.ndjson'), lines(rowsOf(source as Source, flights.events)));
  const spine = originSpine();
  await flights.byHand.load(
    's',
    [
      { name: 'N', type: number(18) },
      { name: 'ORIGIN', type: varchar },
      { name: 'AS_OF', type: timestamp },
    ],
    spine.map((row, i) => [BigInt(i), ...row.entity, row.asOf]),
  );
  const known: Record<string, unknown>[] = spine.map((row) => ({ origin: row.entity[0], as_of: formatTimestamp(row.asOf) }));
  for (const name of ['origin_departures', 'origin_last_flight']) {
    const outputs = flights.project.compiled.features.find((f) => f.feature.name === name)?.feature.outputs ?? [];
    const answers = await flights.byHand.query(
      `SELECT ${outputs.map((o, i) => `${byHand[name]?.[o.name] ?? 'missing'} AS c${i}`).join(',\n')} FROM s ORDER BY n`,
      // NUMBERs as whole numbers of their last digit.
      outputs.map((o) => ({ name: o.name, type: o.type.kind === 'number' ? number(38) : o.type })),
    );
    for (const [i, values] of answers.entries()) Object.assign(known[i] as object, printed(name, outputs, values));
  }
  flights.byHand.close();
  return known;
}

const rowsOf = ({ columns }: Source, { rows }: SourceRows): readonly object[] =>
  rows.map((row) => Object.fromEntries(columns.map((c, i) => [c.name.toLowerCase(), formatValue(row[i] ?? null, c.type)])));
