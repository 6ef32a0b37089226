/** A process that is killed at any point, and started again, ends in the tables of one that nobody disturbed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { integer } from '../../compiler/sql-type.ts';
import { at, copyOf, differences, executed, instantOf, marketFolder, materialize, queried, writeRaw } from '../batch/market-file.ts';
import { atLast, hour, start, third, until } from '../marketplace/arrivals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const seed = Date.now() % 1_000_000;
console.log(`materialize is killed with seed ${seed}`);

/** In [0, 1). */
const dice = (() => {
  let state = BigInt(seed) + 1n;
  return (): number => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return Number(state >> 33n) / 2 ** 31;
  };
})();

/** As people start it; its plan on stderr says that it begins. */
function started(folder: string, args: readonly string[]): ChildProcess {
  const script = "import { main } from './runners/cli/main.ts';\nprocess.exitCode = await main(process.argv.slice(1));";
  const all = ['materialize', '--project', folder, '--target', 'local', ...args];
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, ...all], { cwd: root });
}

const after = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Killed within so long after it began, again and again, each time a little later; how often it was killed before it came to its end. */
async function killedUntilDone(folder: string, args: readonly string[], milliseconds: number): Promise<number> {
  for (let kills = 0; kills < 300; kills++) {
    const child = started(folder, args);
    const ended = once(child, 'exit');
    await Promise.race([once(child.stderr as NodeJS.ReadableStream, 'data'), ended]);
    await Promise.race([after(dice() * milliseconds * (1 + kills / 20)), ended]);
    child.kill('SIGKILL');
    const [code, signal] = await ended;
    if (signal === null) {
      expect(code).toBe(0);
      return kills;
    }
  }
  throw new Error('it never ended');
}

/** What the ledger says was computed. */
async function instantsDone(folder: string, name: string): Promise<bigint> {
  const [row] = await queried(
    folder,
    `SELECT CAST(coalesce(sum(epoch_us(interval_end) - epoch_us(interval_start)), 0) AS HUGEINT) FROM features.lockstep_runs WHERE complete AND feature = '${name}'`,
    integer,
  );
  return (row?.[0] as bigint) / hour;
}

describe('killed', () => {
  const name = 'seller_gmv';
  const from = instantOf(name, third - 20n * 24n * hour);
  const to = instantOf(name, third);
  const args = [name, '--from', at(from), '--to', at(to), '--chunk', '1'];
  let folder = '';

  beforeAll(async () => {
    folder = await marketFolder(until(third));
  });

  test('while history is filled: it goes on where it stopped', async () => {
    const undisturbed = await copyOf(folder);
    expect((await materialize(undisturbed, ...args)).code).toBe(0);
    const kills = await killedUntilDone(folder, args, 400);
    expect(kills, `seed ${seed}`).toBeGreaterThanOrEqual(20);
    expect(await differences(folder, undisturbed, [name]), `seed ${seed}`).toEqual({});
    expect(await instantsDone(undisturbed, name)).toBe((to - from) / hour);
    // An hour of lateness: each start computes the last two instants once more.
    const done = await instantsDone(folder, name);
    expect(done, `seed ${seed}`).toBeLessThanOrEqual((to - from) / hour + 2n * BigInt(kills));
    expect(done).toBeGreaterThan((to - from) / hour);
  });

  test('while it is repaired: nothing stays dirty', async () => {
    const chats = 'stream_chat_activity';
    const late = await marketFolder(until(third));
    await materialize(late, chats, '--from', at(start), '--to', at(instantOf(chats, third) - 3n * hour));
    await writeRaw(late, atLast());
    const whole = await copyOf(late);
    await executed(whole, 'DROP SCHEMA features CASCADE');
    const end = at(instantOf(chats, third));
    expect((await materialize(whole, chats, '--from', at(start), '--to', end)).code).toBe(0);
    const kills = await killedUntilDone(late, [chats, '--to', end, '--chunk', '1', '--repair'], 300);
    expect(kills, `seed ${seed}`).toBeGreaterThan(0);
    expect(await differences(late, whole, [chats]), `seed ${seed}`).toEqual({});
    expect(await queried(late, 'SELECT count(*) FROM features.lockstep_dirty', integer)).toEqual([[0n]]);
    expect(await queried(late, 'SELECT count(*) FROM features.lockstep_late_events', integer)).toEqual([[1n]]);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with what is left to do, and the same command goes on', async (signal) => {
  const name = 'seller_gmv';
  const to = instantOf(name, third);
  const args = [name, '--from', at(to - 40n * 24n * hour), '--to', at(to), '--chunk', '3'];
  const folder = await marketFolder(until(third));
  const undisturbed = await copyOf(folder);
  const child = started(folder, args);
  const said = { out: '', err: '' };
  child.stdout?.on('data', (data) => {
    said.out += String(data);
  });
  child.stderr?.on('data', (data) => {
    said.err += String(data);
  });
  await once(child.stderr as NodeJS.ReadableStream, 'data');
  await after(1000);
  child.kill(signal);
  const [code] = await once(child, 'close');
  expect({ code, err: said.err }).toEqual({
    code: 3,
    err: expect.stringMatching(/\nstopped with \d+ chunks left: the same command goes on with them\n$/),
  });
  const left = Number(/stopped with (\d+)/.exec(said.err)?.[1]);
  const done = await instantsDone(folder, name);
  expect(done).toBeGreaterThan(0n);
  expect(BigInt(left)).toBe(320n - done / 3n);
  expect(said.out).toMatch(/^seller_gmv /m);
  expect((await materialize(folder, ...args)).code).toBe(0);
  expect((await materialize(undisturbed, ...args)).code).toBe(0);
  expect(await differences(folder, undisturbed, [name])).toEqual({});
});
