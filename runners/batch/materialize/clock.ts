/** What the ledger is dated by: what is written later has a later time, however quick it was. */

/** Microseconds, UTC. */
export function clock(): { readonly now: () => bigint } {
  let last = 0n;
  return {
    now: () => {
      const found = BigInt(Date.now()) * 1000n;
      last = found > last ? found : last + 1n;
      return last;
    },
  };
}
