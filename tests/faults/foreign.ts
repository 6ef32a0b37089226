/**
 * A fault that somebody else puts in: a command that is given the folder of a run (batch/, realtime/, artifacts/), the
 * feature, a seed and a share of auctions, changes files in the folder, and prints which cause that is and whom it touched:
 * {"cause": "lost", "touched": ["a1", "a7"]}. It must leave batch/ as it is.
 */
import { execFile } from 'node:child_process';
import type { Fault } from './faults.ts';

const features = ['bid_window', 'bid_ratio', 'bid_last', 'bid_price', 'bid_day', 'bid_weight', 'bid_defaults'];

/** A new one for each run: the command says only then what it does. */
export function foreignFault(command: string, seed: number, share: number): Fault {
  const said = { cause: 'not said' };
  return {
    get cause() {
      return said.cause;
    },
    name: command,
    into: 'events',
    features,
    inject: async ({ folder, feature }) => {
      const out = await new Promise<string>((done, fail) => {
        execFile(command, [folder, feature, String(seed), String(share)], { shell: true }, (error, stdout) => {
          if (error === null) done(stdout);
          else fail(new Error(`${command}: ${error.message}`));
        });
      });
      const { cause, touched } = JSON.parse(out) as { readonly cause: string; readonly touched: readonly string[] };
      said.cause = cause;
      return new Set(touched);
    },
  };
}
