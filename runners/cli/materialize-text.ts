/** What `materialize` says, before and after: for people, and as JSON. */
import { counted } from '../../compiler/counted.ts';
import { creditsOf, type Planned } from '../batch/materialize/estimate.ts';
import { lengthOf } from '../batch/materialize/intervals.ts';
import { type Cost, creditsText } from '../batch/materialize/limits.ts';
import { type Materialized, spanOf } from '../batch/materialize/run.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { FeatureFailure } from './feature-failure.ts';
import { textTable } from './table.ts';

const words = (name: string) => ({ name, numeric: false });
const figures = (name: string) => ({ name, numeric: true });

export function planText(plans: readonly Planned[], cost: Cost): string {
  const columns = [
    ...['feature', 'version', 'from', 'to'].map(words),
    ...['instants', 'chunks', 'skipped', 'rows', 'seconds'].map(figures),
    words('estimated rows and seconds'),
  ];
  const rows = plans.map(({ plan, estimate }) => {
    const chunks = [...plan.chunks, ...plan.repairs];
    const span = spanOf(chunks, plan.grid);
    return [
      plan.grid.name,
      plan.grid.version,
      shortTime(span?.from),
      shortTime(span?.to),
      Number(lengthOf(chunks)),
      chunks.length,
      Number(plan.skipped),
      estimate.rows ?? '?',
      estimate.seconds.toFixed(1),
      estimate.basis,
    ];
  });
  const chunks = plans.reduce((n, { plan }) => n + plan.chunks.length + plan.repairs.length, 0);
  const time = `${counted(chunks, 'chunk')}, about ${cost.seconds.toFixed(1)} s with the cleaning of raw rows`;
  return `${textTable(columns, rows)}\n${time}${billText(cost)}`;
}

function billText({ seconds, bill }: Cost): string {
  switch (bill.kind) {
    case 'none':
      return '';
    case 'credits':
      return `; about ${creditsText(creditsOf(seconds, bill.anHour))} credits of a warehouse of size ${bill.size}`;
    case 'unknown':
      return `; what it costs is not known: ${bill.reason} (${bill.hint})`;
  }
}

export function doneText(done: readonly Materialized[]): string {
  const columns = [
    ...['feature', 'version', 'from', 'to'].map(words),
    ...['chunks', 'rows', 'skipped', 'late', 'dirty', 'seconds'].map(figures),
  ];
  const rows = done.map((m) => [
    m.grid.name,
    m.grid.version,
    shortTime(m.span?.from),
    shortTime(m.span?.to),
    m.chunks,
    m.rows,
    Number(m.skipped),
    m.lateEvents,
    m.dirty === null ? '?' : Number(m.dirty),
    m.seconds.toFixed(1),
  ]);
  return textTable(columns, rows);
}

/** What is left to do. */
export function leftText(done: readonly Materialized[]): readonly string[] {
  const left = done.reduce((n, m) => n + m.left, 0);
  const dirty = done.filter((m) => m.dirty !== null && m.dirty > 0n);
  const older = done.filter((m) => m.shown !== null && m.shown !== m.grid.version);
  return [
    ...(left === 0 ? [] : [`stopped with ${counted(left, 'chunk')} left: the same command goes on with them`]),
    ...dirty.map(
      (m) => `${m.grid.name}: ${counted(Number(m.dirty), 'instant')} changed by events that came too late; --repair computes them again`,
    ),
    ...older.map((m) => `${m.grid.name} still shows version ${m.shown}: version ${m.grid.version} does not hold all of its instants yet`),
  ];
}

export function plannedJson(plans: readonly Planned[], { seconds, bill }: Cost): string {
  const features = plans.map(({ plan, estimate }) => {
    const chunks = [...plan.chunks, ...plan.repairs];
    const span = spanOf(chunks, plan.grid);
    return {
      feature: plan.grid.name,
      version: plan.grid.version,
      relation: plan.state.relation,
      from: span === null ? null : formatTimestamp(span.from),
      to: span === null ? null : formatTimestamp(span.to),
      instants: Number(lengthOf(chunks)),
      chunks: chunks.length,
      rows: estimate.rows,
      skipped: Number(plan.skipped),
      seconds: estimate.seconds,
      basis: estimate.basis,
    };
  });
  const credits = bill.kind === 'credits' ? creditsOf(seconds, bill.anHour) : null;
  return JSON.stringify({ seconds, credits, features }, null, 2);
}

export function runJson(done: readonly Materialized[], failed: readonly FeatureFailure[]): string {
  const features = done.map((m) => ({
    feature: m.grid.name,
    version: m.grid.version,
    relation: m.relation,
    from: m.span === null ? null : formatTimestamp(m.span.from),
    to: m.span === null ? null : formatTimestamp(m.span.to),
    instants: Number(m.instants),
    chunks: m.chunks,
    chunksLeft: m.left,
    rows: m.rows,
    skipped: Number(m.skipped),
    seconds: m.seconds,
    lateEvents: m.lateEvents,
    dirtyInstants: m.dirty === null ? null : Number(m.dirty),
    shown: m.shown,
  }));
  return JSON.stringify({ features, failed }, null, 2);
}

/** Without a fraction of a second that is none. */
const shortTime = (micros: bigint | undefined): string => (micros === undefined ? '-' : formatTimestamp(micros).replace(/\.0+$/, ''));
