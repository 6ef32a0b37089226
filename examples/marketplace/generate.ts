/** The marketplace's events as they are, from a seed: npx tsx examples/marketplace/generate.ts --out build/marketplace */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { counted } from '../../compiler/counted.ts';
import { type Channel, deliver } from './deliveries.ts';
import * as happens from './events.ts';
import { minute, second } from './moments.ts';
import { populate } from './population.ts';
import { type Random, seeded } from './random.ts';
import type { Row } from './rows.ts';
import { spineEntities, spineOf } from './spine.ts';

const someUser = (random: Random): number => 100 + random.below(20);

const channels = {
  chats: { key: 'chat_id', time: 'sent_at', amended: ['user_id', someUser], maxSkew: 5n * minute },
  views: { key: 'heartbeat_id', time: 'watched_at', amended: ['user_id', someUser], maxSkew: 5n * minute },
  bids: { key: 'bid_id', time: 'bid_at', amended: ['amount', (random) => `${random.below(40)}.99`], maxSkew: 30n * second },
  orders: { key: 'order_id', time: 'ordered_at', amended: ['quantity', (random) => 4 + random.below(3)], maxSkew: 5n * minute },
  cancellations: { key: 'cancellation_id', time: 'cancelled_at', amended: ['cancelled_by', () => 'seller'], maxSkew: 5n * minute },
  comment_flags: { key: 'flag_id', time: 'flagged_at', amended: ['reason', () => 'other'], maxSkew: 5n * minute },
} satisfies Record<string, Channel>;

/** Rows by source. `size`: the number of chat messages; all else is in proportion. */
export function generateMarketplace(seed: number, size: number): ReadonlyMap<string, readonly Row[]> {
  const random = (what: string): Random => seeded(seed, what);
  const population = populate(random('population'), Math.max(5, Math.round(size / 25)));
  const crowd = { ...population, users: Math.max(12, Math.round(size / 8)) };
  const delivered = (source: keyof typeof channels, events: readonly Row[]): readonly Row[] =>
    deliver(random(`${source} delivered`), events, channels[source]);
  const sent = happens.chats(random('chats'), crowd, size);
  const placed = happens.orders(random('orders'), crowd, size);
  const followed = happens.follows(random('follows'), crowd, Math.round(size / 3));
  return new Map([
    ['chats', delivered('chats', sent)],
    ['views', delivered('views', happens.views(random('views'), crowd, size))],
    ['bids', delivered('bids', happens.bids(random('bids'), crowd, size))],
    ['orders', delivered('orders', placed)],
    ['cancellations', delivered('cancellations', happens.cancellations(random('cancellations'), placed))],
    ['follows', [...followed, ...followed.filter((_, n) => n % 12 === 0), { ...(followed[0] as Row), seller_id: null }]],
    ['comment_flags', delivered('comment_flags', happens.commentFlags(random('comment_flags'), sent))],
    ['streams', population.streams],
    ['sellers', population.sellers],
    ['listings', population.listings],
  ]);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, seed: { type: 'string', default: '1' }, size: { type: 'string', default: '400' } },
  });
  const [seed, size] = [Number(values.seed), Number(values.size)];
  if (values.out === undefined || !Number.isInteger(seed) || !Number.isInteger(size) || size < 1) {
    process.stderr.write('generate.ts --out <dir> [--seed 1] [--size 400]\n');
    process.exitCode = 2;
    return;
  }
  const rows = generateMarketplace(seed, size);
  const files = [
    ...[...rows].map(([source, found]) => [source, found] as const),
    ...spineEntities.map((entity) => [`spine-${entity.join('-') || 'platform'}`, spineOf(rows, entity, 40)] as const),
  ];
  await mkdir(values.out, { recursive: true });
  for (const [name, lines] of files)
    await writeFile(join(values.out, `${name}.ndjson`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  process.stdout.write(`${counted(files.length, 'file')} in ${values.out}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
