/** What a run found, as one file to send back. Formats only ever grow; whoever reads one looks at `format` first. */
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../runners/usage-error.ts';
import { type Outcome, outcomes, type PartName } from './item.ts';
import type { Cap } from './meter.ts';
import type { Provenance } from './provenance.ts';
import type { Reason } from './stopping.ts';

export interface LedgerItem {
  readonly part: PartName;
  readonly id: string;
  readonly outcome: Outcome;
  readonly detail: string | null;
  /** As an author writes it, where it was not equal. */
  readonly sql: string | null;
  readonly functions: readonly string[];
  readonly queryId: string | null;
  readonly seconds: number;
}

export type Totals = Readonly<Partial<Record<PartName, Readonly<Record<Outcome, number>>>>>;

export interface Ledger extends Provenance {
  readonly format: 1;
  /** `address`: whether it is the account's own, or another that the target gives. */
  readonly snowflake: { readonly version: string; readonly address: 'of the account' | 'given' };
  readonly started: string;
  readonly finished: string;
  readonly ended: 'all done' | Reason;
  readonly seeds: Readonly<Partial<Record<PartName, number>>>;
  /** So many items of each part; null: all of them. */
  readonly sample: number | null;
  readonly caps: Cap;
  readonly used: Cap & { readonly warehouseSize: string; readonly creditsAnHour: number };
  readonly schema: { readonly name: string; readonly dropped: boolean };
  /** Function rows of which a value was compared, and those of which none was. */
  readonly functions: { readonly compared: readonly string[]; readonly notCompared: readonly string[] };
  readonly totals: Totals;
  readonly items: readonly LedgerItem[];
}

export function totalsOf(parts: readonly PartName[], items: readonly LedgerItem[]): Totals {
  const count = (part: PartName, outcome: Outcome): number => items.filter((i) => i.part === part && i.outcome === outcome).length;
  const row = (part: PartName) => Object.fromEntries(outcomes.map((outcome) => [outcome, count(part, outcome)])) as Record<Outcome, number>;
  return Object.fromEntries(parts.map((part) => [part, row(part)]));
}

/** Before anything is asked: a run that cannot be written down is for nothing. */
export async function requireWritable(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`--out ${file}: there is no folder ${folder}`);
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory() === true) throw new UsageError(`--out ${file} is a folder`, 'name a file for the ledger');
}

/** Whole, or not at all. */
export async function writeLedger(file: string, ledger: Ledger): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(ledger, null, 2)}\n`);
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw new UsageError(`the ledger cannot be written to ${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
