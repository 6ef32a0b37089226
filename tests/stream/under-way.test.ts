/** What was handed over and not committed yet: what the next batch follows, when a partition is read again, when all is settled. */
import { describe, expect, test } from 'vitest';
import { type Handed, openUnderWay, type UnderWay } from '../../runners/stream/kafka/under-way.ts';

interface Commit {
  readonly handed: Handed;
  readonly done: () => void;
  readonly fail: () => void;
}

function commit(next: number, bytes = 10): Commit {
  let [done, fail] = [(): void => {}, (): void => {}];
  const committed = new Promise<void>((yes, no) => {
    done = yes;
    fail = () => no(new Error('no room'));
  });
  return { handed: { next: BigInt(next), bytes, committed }, done, fail };
}

function opened(): { readonly underWay: UnderWay; readonly again: string[]; readonly hand: (key: string, commit: Commit) => void } {
  const underWay = openUnderWay();
  const again: string[] = [];
  return { underWay, again, hand: (key, { handed }) => underWay.hand(key, handed, () => again.push(`${key} ${handed.next}`)) };
}

describe('under way', () => {
  test('the next batch follows the last one of its partition, and after a failure what the store has', async () => {
    const { underWay, hand, again } = opened();
    expect(underWay.after('a')).toBe(null);
    const [first, second] = [commit(5), commit(9)];
    hand('a', first);
    hand('b', commit(70));
    expect([underWay.after('a'), underWay.after('b')]).toEqual([5n, 70n]);
    first.done();
    hand('a', second);
    second.fail();
    expect(await underWay.settled('a')).toBe(false);
    expect([underWay.after('a'), underWay.after('b')]).toEqual([null, 70n]);
    expect(again).toEqual(['a 9']);
  });

  test('of several that fail only the last has the partition read again: those before it come again with it', async () => {
    const { underWay, hand, again } = opened();
    const [first, second] = [commit(5), commit(9)];
    hand('a', first);
    hand('a', second);
    first.fail();
    await Promise.allSettled([first.handed.committed]);
    // What is handed over now would be cut off as the second will be.
    expect([underWay.after('a'), again]).toEqual([9n, []]);
    second.fail();
    expect(await underWay.settled('a')).toBe(false);
    expect(again).toEqual(['a 9']);
  });

  test('a partition that was read again meanwhile is left alone', async () => {
    const { underWay, hand, again } = opened();
    const old = commit(5);
    hand('a', old);
    underWay.forget();
    expect(underWay.after('a')).toBe(null);
    const later = commit(7);
    hand('a', later);
    old.fail();
    later.done();
    expect(await underWay.settled('a')).toBe(true);
    await underWay.allSettled();
    expect([underWay.after('a'), again]).toEqual([7n, []]);
  });

  test('its bytes count until it is settled, whatever became of it', async () => {
    const { underWay, hand } = opened();
    const [first, second] = [commit(5, 100), commit(9, 20)];
    hand('a', first);
    hand('b', second);
    expect(underWay.bytes()).toBe(120);
    first.done();
    await underWay.settled('a');
    expect(underWay.bytes()).toBe(20);
    const all = underWay.allSettled();
    second.fail();
    await all;
    expect(underWay.bytes()).toBe(0);
    expect(await underWay.settled('c')).toBe(true);
  });
});
