/** What runs leave behind, in tables that are only ever appended to, so that models of one run may write them side by side. */
import type { Dialect } from '../../emit/dialect.ts';
import { boolean, integer, type SqlType, timestamp, varchar } from '../../sql-type.ts';
import { dirtySql } from './ledger-sql.ts';
import { type TextFile, writtenByUs } from './names.ts';
import type { YamlTree } from './yaml-text.ts';

export interface LedgerTable {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly description: string }[];
}

const whose = [
  { name: 'feature', type: varchar, description: 'The feature.' },
  { name: 'version', type: varchar, description: 'The version of its relation.' },
];
const run = { name: 'run_id', type: varchar, description: 'The invocation, of dbt or of `lockstep materialize`.' };

export const ledger: readonly LedgerTable[] = [
  {
    name: 'lockstep_runs',
    description: 'Intervals of instants that were computed, by a run or a chunk of one: a row when it begins, another when it is complete.',
    columns: [
      ...whose,
      run,
      { name: 'complete', type: boolean, description: 'Whether the rows are in the relation.' },
      { name: 'whole', type: boolean, description: 'The relation was built anew: what was there before counts no more.' },
      { name: 'explicit', type: boolean, description: 'The interval was given, not found.' },
      { name: 'interval_start', type: timestamp, description: 'The first instant.' },
      { name: 'interval_end', type: timestamp, description: 'Behind the last instant.' },
      { name: 'recorded_at', type: timestamp, description: 'When this was written, UTC.' },
    ],
  },
  {
    name: 'lockstep_seen',
    description: 'How far a run had the events of each stream with an ingest time.',
    columns: [
      ...whose,
      run,
      { name: 'source', type: varchar, description: 'The stream.' },
      { name: 'seen_until', type: timestamp, description: 'The greatest ingest time before the run read anything.' },
    ],
  },
  {
    name: 'lockstep_late_events',
    description: 'Events that came later than the lateness allows, so that instants computed before do not hold them.',
    columns: [
      ...whose,
      run,
      { name: 'source', type: varchar, description: 'The stream.' },
      { name: 'late_events', type: integer, description: 'How many.' },
      { name: 'first_event', type: timestamp, description: 'The earliest event time among them.' },
      { name: 'last_event', type: timestamp, description: 'The latest.' },
      { name: 'dirty_start', type: timestamp, description: 'The first instant whose rows may be other.' },
      { name: 'dirty_end', type: timestamp, description: 'Behind the last.' },
      { name: 'recorded_at', type: timestamp, description: 'When this was found, UTC.' },
    ],
  },
  {
    name: 'lockstep_shown',
    description: "Which version a feature's own name shows: the last row counts.",
    columns: [
      ...whose,
      { name: 'recorded_at', type: timestamp, description: 'Since when, UTC.' },
      { name: 'refused', type: varchar, description: 'The version that was taken back then: the name does not move to it by itself.' },
    ],
  },
];

export const dirtyName = 'lockstep_dirty';

const dirtyView = dirtySql({ runs: "{{ ref('lockstep_runs') }}", late: "{{ ref('lockstep_late_events') }}" });

/** A full refresh of everything must not forget what the relations hold. */
const config =
  "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false, on_schema_change='append_new_columns') }}\n";

export function ledgerModels(dialect: Dialect): readonly TextFile[] {
  const tables = ledger.map(({ name, columns }) => {
    const items = columns.map((c) => `  CAST(NULL AS ${dialect.typeName(c.type)}) AS ${c.name}`).join(',\n');
    return { path: `models/lockstep/${name}.sql`, text: `${writtenByUs}${config}SELECT\n${items}\nWHERE FALSE\n` };
  });
  return [...tables, { path: `models/lockstep/${dirtyName}.sql`, text: `${writtenByUs}{{ config(materialized='view') }}\n${dirtyView}\n` }];
}

export const ledgerProperties: readonly YamlTree[] = [
  ...ledger.map(({ name, description, columns }) => ({
    name,
    description,
    columns: columns.map((c) => ({ name: c.name, description: c.description })),
  })),
  { name: dirtyName, description: 'Instants that late events have changed and no run has computed again since.' },
];
