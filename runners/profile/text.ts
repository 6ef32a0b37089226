/** A profile for people: numbers in tables, time as bars. */
import { counted } from '../../compiler/counted.ts';
import { durationText } from '../../compiler/duration-text.ts';
import { type Advice, total } from './advice.ts';
import { stages } from './engine-profile.ts';
import { bare, decimals, milliseconds, percent } from './numbers.ts';
import type { BatchProfile, Profile, SourceRead } from './profile.ts';

const width = 28;

export interface Shown {
  readonly profile: Profile;
  readonly advice: readonly Advice[];
  /** Microseconds; null: the header names none. */
  readonly budget: bigint | null;
}

/** `table`: columns with their rows, aligned; numbers stand to the right. */
export type Tabled = (
  columns: readonly { readonly name: string; readonly numeric: boolean }[],
  rows: readonly (readonly string[])[],
) => string;

export function shownProfile({ profile, advice, budget }: Shown, table: Tabled): string {
  const { machine, data, batches } = profile;
  const [one] = batches;
  const last = batches.at(-1);
  const of = data.entities.found === null ? '' : ` of ${decimals(data.entities.found)} with rows in the window`;
  const numeric = (name: string) => ({ name, numeric: true });
  return [
    `${profile.feature}  ${profile.version}`,
    `machine  ${counted(machine.cores, 'core')}, ${machine.engine}, ${counted(machine.threads, 'thread')} a query; from call to rows, without HTTP`,
    `data     ${data.sources.map((s) => `${s.name} ${counted(s.rows, 'row')}`).join(', ')}`,
    `asked    ${counted(data.entities.asked, 'entity', 'entities')}${of}, at ${data.asOf}`,
    '',
    table(
      ['entities', 'requests', 'p50 ms', 'p99 ms', 'p50 ms each'].map(numeric),
      batches.map((b) => [decimals(b.entities), decimals(b.requests), bare(b.p50), bare(b.p99), bare(b.p50 / b.entities)]),
    ),
    ...(batches.some((b) => b.requests < 100) ? ['With fewer than 100 requests p99 is the slowest of them.'] : []),
    ...(budget === null || one === undefined ? [] : [budgetText(one, budget)]),
    ...(one === undefined ? [] : ['', ...bars(one)]),
    ...(last === undefined || last === one ? [] : ['', ...bars(last)]),
    ...[one, ...(last === one ? [] : [last])].flatMap((batch) => (batch === undefined ? [] : ['', rowsTable(batch, table)])),
    '',
    ...(advice.length === 0
      ? ['What would help: nothing stands out in these numbers.']
      : ['What would help', ...advice.map(({ text }) => `- ${text}`)]),
  ].join('\n');
}

function budgetText({ p99 }: BatchProfile, budget: bigint): string {
  const over = p99 * 1000 > Number(budget);
  return `latency_budget ${durationText(budget)}: p99 of one entity is ${over ? 'over it' : 'within it'}`;
}

const inOne = ({ entities }: BatchProfile): string => `a request for ${counted(entities, 'entity', 'entities')}`;

function bars(batch: BatchProfile): readonly string[] {
  const whole = total(batch);
  return [
    `Where the time of ${inOne(batch)} goes, by the engine's profiler, which takes time itself (mean of ${counted(batch.profiled, 'request')}, ${milliseconds(whole)})`,
    ...stages.map((stage) => {
      const spent = batch.stages[stage];
      const filled = whole === 0 ? 0 : Math.round((width * spent) / whole);
      return `${stage.padEnd(9)} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${percent(spent, whole).padStart(5)}  ${milliseconds(spent)}`;
    }),
  ];
}

function rowsTable(batch: BatchProfile, table: Tabled): string {
  const name = (text: string) => ({ name: text, numeric: false });
  const numeric = (text: string) => ({ name: text, numeric: true });
  return [
    `Rows of ${inOne(batch)} (mean of ${batch.profiled})`,
    table(
      [name('source'), numeric('scans'), numeric('scanned'), numeric('in the window'), numeric('needed'), name('')],
      batch.sources.map((s) => [s.name, String(s.scans), decimals(s.scanned), decimals(s.inWindow), decimals(s.needed), meaning(s)]),
    ),
  ].join('\n');
}

function meaning({ byEntity, lookback, kind }: SourceRead): string {
  const window = kind === 'table' ? 'versions' : lookback === null ? 'all of history' : durationText(BigInt(lookback));
  return `${window}${byEntity ? '' : ', of all entities'}`;
}
