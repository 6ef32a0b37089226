/** The options of `npm run verify:snowflake`. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../../compiler/diagnostics.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { type PartName, partNames } from './item.ts';
import type { Cap } from './meter.ts';

const usage =
  'npm run verify:snowflake -- --project DIR --target NAME [--parts gold,functions,features] [--max-credits 0.5] [--max-minutes 60] [--out snowflake-ledger.json] [--sample N] [--keep]';

export interface Options {
  /** The nearest folder with lockstep.yml, if undefined. */
  readonly project: string | undefined;
  readonly target: string;
  readonly parts: readonly PartName[];
  readonly cap: Cap;
  readonly out: string;
  /** So many items of each part; null: all of them. */
  readonly sample: number | null;
  /** The schema stays. */
  readonly keep: boolean;
}

export function optionsOf(argv: readonly string[]): Options {
  const values = parsed(argv);
  if (values.target === undefined) throw new UsageError('--target NAME is missing: a target of lockstep.yml on Snowflake', usage);
  return {
    project: values.project,
    target: values.target,
    parts: partsOf(values.parts),
    cap: { credits: positive('--max-credits', values['max-credits']), minutes: positive('--max-minutes', values['max-minutes']) },
    out: values.out,
    sample: values.sample === undefined ? null : whole('--sample', values.sample),
    keep: values.keep,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        project: { type: 'string' },
        target: { type: 'string' },
        parts: { type: 'string', default: partNames.join(',') },
        'max-credits': { type: 'string', default: '0.5' },
        'max-minutes': { type: 'string', default: '60' },
        out: { type: 'string', default: 'snowflake-ledger.json' },
        sample: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown), usage);
  }
}

/** In the order in which they are run, whatever the order in which they are named. */
function partsOf(text: string): readonly PartName[] {
  const named = text.split(',').map((name) => name.trim());
  const unknown = named.find((name) => !partNames.some((part) => part === name));
  if (unknown !== undefined)
    throw new UsageError(`there is no part ${unknown}`, didYouMean(unknown, partNames) ?? `there are ${partNames.join(', ')}`);
  return partNames.filter((part) => named.includes(part));
}

function positive(option: string, text: string): number {
  if (!/^(?=.*[1-9])\d{1,6}(\.\d{1,6})?$/.test(text)) throw new UsageError(`${option} ${text} is no number above 0: 0.5, 1, 20, …`);
  return Number(text);
}

function whole(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${option} ${text} is no number of items: 1, 2, 3, …`);
  return Number(text);
}
