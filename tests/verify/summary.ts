/** What a run found, for people. */
import { counted } from '../../compiler/counted.ts';
import { textTable } from '../../runners/cli/table.ts';
import { outcomes, partNames } from './item.ts';
import type { Ledger, LedgerItem } from './ledger.ts';
import type { Cap } from './meter.ts';

const mostShown = 20;

export function summary(ledger: Ledger, file: string): string {
  const { totals, items, functions, sample, used, schema } = ledger;
  const rows = partNames.flatMap((part) => {
    const of = totals[part];
    return of === undefined ? [] : [[part, ...outcomes.map((outcome) => of[outcome])]];
  });
  const columns = ['part', ...outcomes].map((name, i) => ({ name, numeric: i > 0 }));
  const found = items.filter(({ outcome }) => outcome === 'different' || outcome === 'failed');
  const rest = found.length - mostShown;
  const { notCompared } = functions;
  return [
    textTable(columns, rows),
    ...(found.length === 0 ? [] : ['', ...found.slice(0, mostShown).map(line)]),
    ...(rest > 0 ? [`and ${rest} more, in the ledger`] : []),
    '',
    ...(notCompared.length === 0
      ? []
      : [`no value was compared of ${counted(notCompared.length, 'function row')}: ${shortened(notCompared)}`]),
    ...(sample === null ? [] : [`this was a sample: at most ${sample} of each part`]),
    ...(ledger.ended === 'all done' ? [] : [endings[ledger.ended]]),
    ...(schema.dropped ? [] : [`the schema ${schema.name} is still there`]),
    `used: ${usedText(used)}, as a warehouse of size ${used.warehouseSize} bills the time (until it suspends itself, Snowflake goes on billing)`,
    `Please open an issue with the file ${file}: it holds no names or secrets of the account.`,
  ].join('\n');
}

const endings = {
  cap: 'the cap was reached: what is `not reached` is not known to be equal',
  interrupted: 'interrupted: what is `not reached` is not known to be equal',
  crashed: 'the driver failed: what is `not reached` is not known to be equal',
} as const;

export const usedText = ({ credits, minutes }: Cap): string => `${credits.toFixed(3)} credits, ${minutes.toFixed(1)} minutes`;

const line = ({ part, id, outcome, detail }: LedgerItem): string => `${outcome}: ${part}, ${id}: ${detail ?? ''}`.replaceAll(/\s+/g, ' ');

const shortened = (names: readonly string[]): string => `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
