/** When a store has what its topics had: partitions come, go to others, and come back. */
import { describe, expect, test } from 'vitest';
import { openBacklog, type PartitionEnds } from '../../runners/stream/kafka/backlog.ts';

const ends = (...of: (readonly [number, number, number])[]): readonly PartitionEnds[] =>
  of.map(([partition, low, high]) => ({ topic: 't', partition, low: BigInt(low), high: BigInt(high) }));

function backlogOf(kept: Readonly<Record<number, number>>, ...first: Parameters<typeof ends>) {
  const said = { ends: ends(...first) };
  return {
    said,
    backlog: openBacklog(
      async () => said.ends,
      (_, partition) => BigInt(kept[partition] ?? 0),
    ),
  };
}

describe('the backlog', () => {
  test('is not known before the broker and the group have spoken', async () => {
    const { backlog } = backlogOf({}, [0, 0, 5]);
    expect(backlog.left('t')).toBe(null);
    await backlog.look();
    expect(backlog.left('t')).toBe(null);
    backlog.assigned({ t: [0] });
    expect(backlog.left('t')).toBe(null);
    await backlog.look();
    expect(backlog.left('t')).toBe(5n);
  });

  test('is what lies between the store and the end as it was, in all partitions', async () => {
    const { said, backlog } = backlogOf({ 0: 3 }, [0, 0, 5], [1, 0, 7]);
    backlog.assigned({ t: [0, 1] });
    await backlog.look();
    expect(backlog.left('t')).toBe(9n);
    backlog.reached('t', 1, 7n);
    said.ends = ends([0, 0, 500], [1, 0, 700]);
    await backlog.look();
    expect(backlog.left('t')).toBe(2n);
    backlog.reached('t', 0, 4n);
    expect(backlog.left('t')).toBe(1n);
    backlog.reached('t', 0, 6n);
    expect(backlog.left('t')).toBe(0n);
  });

  test('a partition that another consumer has is not read here, and has a new end when it comes back', async () => {
    const { said, backlog } = backlogOf({}, [0, 0, 5], [1, 0, 5]);
    backlog.assigned({ t: [0, 1] });
    await backlog.look();
    backlog.reached('t', 0, 5n);
    backlog.reached('t', 1, 5n);
    backlog.assigned({ t: [0] });
    expect(backlog.left('t')).toBe(null);
    expect(backlog.elsewhere()).toBe(1);
    said.ends = ends([0, 0, 90], [1, 0, 90]);
    backlog.assigned({ t: [0, 1] });
    expect(backlog.left('t')).toBe(null);
    await backlog.look();
    expect(backlog.left('t')).toBe(85n);
  });

  test('a partition that comes while the broker is asked has its end from the next time', async () => {
    const { backlog } = backlogOf({}, [0, 0, 5]);
    const looked = backlog.look();
    backlog.assigned({ t: [0] });
    await looked;
    expect(backlog.left('t')).toBe(null);
  });

  test('what the broker deleted will not come, and is told', async () => {
    const { said, backlog } = backlogOf({ 0: 3 }, [0, 0, 9]);
    backlog.assigned({ t: [0] });
    expect((await backlog.look()).forgotten).toEqual([]);
    said.ends = ends([0, 9, 9]);
    expect((await backlog.look()).forgotten).toEqual(said.ends);
    expect(backlog.left('t')).toBe(0n);
    expect((await backlog.look()).forgotten).toEqual([]);
  });

  test('a topic that ends before what was read was made anew', async () => {
    const { said, backlog } = backlogOf({ 0: 10 }, [0, 0, 10]);
    expect((await backlog.look()).cut).toEqual([]);
    said.ends = ends([0, 0, 9]);
    expect((await backlog.look()).cut).toEqual(said.ends);
  });
});
