/** A log of answers, written as a service would write it: the stored lambda, asked through the command line at each instant. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seeded } from '../../examples/marketplace/random.ts';
import { type Bench, writeRows } from './bench.ts';
import type { Place } from './run.ts';
import { instant, millis, type Row, type World } from './world.ts';

/** `artifacts`: what answers. `by`: milliseconds by which the clock that answers is off. */
export async function answers(
  place: Place,
  { folder, feature, world }: Pick<Bench, 'folder' | 'feature' | 'world'>,
  { artifacts = join(folder, 'artifacts'), by = 0 } = {},
): Promise<readonly Row[]> {
  const spine = spineOf(world);
  const asked = join(folder, 'spine.ndjson');
  await writeRows(
    asked,
    spine.map((row) => ({ ...row, as_of: shifted(String(row['as_of']), by) })),
  );
  const sides = ['--events', join(folder, 'realtime'), '--spine', asked, '--artifacts', artifacts];
  const how = ['--form', 'lambda', '--knowledge', 'arrived', '--batch', '256'];
  const { code, out, err } = await place.lockstep('query', feature, '--project', place.project, ...sides, ...how);
  if (code !== 0) throw new Error(err);
  const manifest = JSON.parse(await readFile(join(artifacts, 'lambdas', `${feature}.json`), 'utf8')) as { readonly version: string };
  return out
    .trim()
    .split('\n')
    .map((line, i) => ({ feature, version: manifest.version, ...(JSON.parse(line) as Row), as_of: spine[i]?.['as_of'] ?? null }));
}

export async function writeLog(folder: string, rows: readonly Row[]): Promise<void> {
  await writeFile(join(folder, 'served.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

const shifted = (at: string, by: number): string => `${instant(millis(at) + by).slice(0, 23)}${at.slice(23)}`;

/** Each auction at some instants, half of them soon after bids of its own. */
function spineOf(world: World): readonly Row[] {
  const random = seeded(world.begins, 'spine');
  const span = world.ends - world.begins;
  return world.auctions.flatMap((auction) => {
    const own = world.rows.bids.filter((row) => row['auction_id'] === auction).map((row) => millis(row['bid_at'] ?? null));
    const at = Array.from({ length: 16 }, (_, i) =>
      i % 2 === 0 && own.length > 0 ? random.pick(own) + 1 + random.below(600_000) : world.begins + random.below(span),
    );
    return [...new Set(at)].map((ms) => ({ auction_id: auction, as_of: instant(ms, random.below(1000)) }));
  });
}
