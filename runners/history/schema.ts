/** The tables of a history, with what each column means: the DDL, the reader and docs/history.md are made of this. */
import { boolean, float, integer, number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';

/**
 * Raised when somebody who knows less would read a file wrongly. A table that is only new raises nothing: who does not know it reads the others, and
 * `open.ts` adds it to an older file when a run is written there.
 */
export const schemaVersion = 2;

export interface HistoryColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly meaning: string;
}

export interface HistoryTable {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly HistoryColumn[];
}

const count = number(18);
const text = (name: string, meaning: string): HistoryColumn => ({ name, type: varchar, meaning });
const whole = (name: string, meaning: string): HistoryColumn => ({ name, type: count, meaning });
const real = (name: string, meaning: string): HistoryColumn => ({ name, type: float, meaning });
const instant = (name: string, meaning: string): HistoryColumn => ({ name, type: timestamp, meaning });
const yes = (name: string, meaning: string): HistoryColumn => ({ name, type: boolean, meaning });

const run = text('run_id', 'The run: `runs.run_id`');
const feature = text('feature', 'The feature: `features.feature` of the same run');
const ordinal = whole('ordinal', 'From 1, in the order of the report');
const among = text('among', 'JSON list: all causes that are needed together, or, where `cause` is `ambiguous`, each that would do');

export const schemaTable: HistoryTable = {
  name: 'lockstep_history',
  about: 'One row: which Lockstep wrote this file.',
  columns: [
    { name: 'schema_version', type: integer, meaning: 'Of these tables. A Lockstep that knows less refuses the file' },
    text('created_by', 'Version of the Lockstep that made the file'),
  ],
};

export const tables: readonly HistoryTable[] = [
  {
    name: 'runs',
    about: 'One row for each `lockstep parity --history`. A night is the date of `started_at`.',
    columns: [
      text('run_id', 'Sorts by time; unique'),
      instant('started_at', 'UTC'),
      instant('finished_at', 'UTC; when the last feature was compared'),
      text('mode', '`logic`, `replay` or `served`'),
      text('seed', '`--seed`: the same seed on the same data looks at the same points'),
      real('target', 'The share of points that may mismatch, 0 to 1'),
      real('confidence', 'How sure a bound is, 0 to 1'),
      text('lockstep_version', 'Which Lockstep ran'),
      text(
        'batch_engine',
        'What executed the batch form, with its version; `table`: nothing, its answers were given; `duckdb, tables of prod`: read there',
      ),
      text('stream_engine', 'What executed the lambda, with its version; in served mode what replays it'),
      yes('raw', '`--raw`: personal values stand in this run as they are'),
      text('options', 'JSON object: the options as they were given'),
    ],
  },
  {
    name: 'features',
    about: 'One row for each feature of a run: its verdict, and what that rests on.',
    columns: [
      run,
      ordinal,
      text('feature', 'Its name'),
      text('version', 'Hash of its meaning when it ran'),
      text('batch_version', 'Version of the batch form; `foreign:` and a hash where a table (`--batch-table`) was compared'),
      text(
        'lambda_version',
        'Version of what answered; several with commas in served mode; `foreign:` and a hash of SQL that was written by hand',
      ),
      text(
        'origin',
        'Whether the SQL of the lambda is what this version compiles to: `compiled`, `tampered`, `other version`, `unknown`; `foreign`: it does not say so',
      ),
      text('verdict', '`PROVEN`, `VIOLATED` or `UNDECIDED`'),
      text('population', 'What the verdict is about, in words'),
      yes('census', 'The whole population was compared'),
      whole('population_size', 'Entities of the population (with `--spine`: points)'),
      whole('drawn', 'How many of them were compared'),
      whole('samples', 'Points, (entity, as_of) pairs, that were compared anywhere'),
      whole('mismatches', 'Of these: the forms differ'),
      whole('reference_points', 'Points that the reference answered, too'),
      whole('reference_mismatches', 'Of these: it does not say what batch says'),
      real('target', 'The share of points that may mismatch, 0 to 1'),
      real('confidence', 'How sure `upper_bound` is, 0 to 1'),
      real('lateness_budget', 'The share of points that lateness may explain, 0 to 1'),
      text('bias', 'FLOATs that drift to one side while each stays within rounding, as JSON: column, above, below, used, chance'),
      real('upper_bound', 'At most this share of the population mismatches, 0 to 1; NULL: nothing was compared'),
      whole('more_needed', 'Entities without a mismatch that would still prove it; NULL: none would'),
      whole('explained', 'Points whose mismatch is part of what a stream cannot know'),
      whole('unexplained', 'Points with another mismatch'),
    ],
  },
  {
    name: 'failures',
    about:
      'One row for each feature that a run could not compare: it has no row in `features`. A file without the table says nothing of them.',
    columns: [
      run,
      ordinal,
      text('feature', 'Its name'),
      text('message', 'What `parity` said. Where a source has personal columns, without the words of an engine, unless `runs.raw`'),
      text('plain', 'The same without any value of a row: what alerts say'),
    ],
  },
  {
    name: 'outcomes',
    about: 'How values compared, by feature.',
    columns: [
      run,
      feature,
      text('outcome', '`equal`, `different`, `missing_batch`, `missing_stream`, `null_vs_value`, `default`, `error`, `timeout`'),
      whole('compared', 'Values: points times outputs'),
    ],
  },
  {
    name: 'strata',
    about: 'Where was looked. Only `sample` enters the bound; the places overlap.',
    columns: [
      run,
      feature,
      ordinal,
      text('place', '`sample`, `fixed panel`, `boundary`, a stratum …'),
      whole('entities', 'Entities there'),
      whole('points', 'Points there'),
      whole('mismatches', 'Of these: unexplained'),
    ],
  },
  {
    name: 'causes',
    about: 'Points that mismatch, by proven cause.',
    columns: [run, feature, text('cause', '`late`, `lost`, `boundary` …; `unknown`'), whole('points', 'Points of this cause')],
  },
  {
    name: 'incidents',
    about: 'Points that went wrong together: one cause, one after the other.',
    columns: [
      run,
      feature,
      ordinal,
      text('cause', 'As in `causes`'),
      among,
      yes('explained', 'Part of what a stream cannot know'),
      text('sources', 'JSON list: where the rows are that make the difference'),
      instant('from_as_of', 'Of the first point'),
      instant('to_as_of', 'Of the last point'),
      whole('points', 'How many points'),
      whole('entities', 'Of how many entities'),
    ],
  },
  {
    name: 'deviations',
    about: 'Rows that the two sides do not have alike, whether or not they make a difference. None in logic mode.',
    columns: [
      run,
      feature,
      ordinal,
      text('source', 'Whose rows'),
      text('cause', 'As in `causes`'),
      text('what', 'What is said of them'),
      text('columns', 'JSON list: those with other values; empty where a side lacks the row'),
      whole('rows', 'How many rows'),
      whole('of_rows', 'Rows of the source, on either side'),
      whole('meanwhile', 'Rows of the source from the first of them to the last, by arrival, or by their own time where none is declared'),
      text('dated', 'JSON list: the first and the last of their own times; NULL: none has one'),
      text('arrived', 'JSON list: when the first and the last of them came; NULL: nobody noted it'),
      text('common', 'JSON list of column and values: what these rows, and no other meanwhile, have in common'),
    ],
  },
  {
    name: 'freshness',
    about: 'What would still differ if each answer had been given later.',
    columns: [
      run,
      feature,
      text('lag', 'How much later, as people say it'),
      whole('seconds', 'The same in seconds'),
      whole('mismatches', 'Points that would still differ'),
      real('share', 'Of all points that were compared, 0 to 1'),
    ],
  },
  {
    name: 'differences',
    about: 'Points and columns at which values differ, the first 1,000 of a feature and all that have a witness.',
    columns: [
      run,
      feature,
      ordinal,
      text('entity', 'JSON object: the entity columns. Personal values are masked, unless `runs.raw`'),
      instant('as_of', 'The instant of the question'),
      text('output', 'The column that differs'),
      text('batch', "JSON value: batch's"),
      text('against', 'What batch is compared with: `stream` (the lambda, or what was served) or `reference`'),
      text('value', 'JSON value: what that one says'),
      text('outcome', 'As in `outcomes`'),
      text('cause', 'As in `causes`'),
      among,
      yes('explained', 'Part of what a stream cannot know'),
      text('proof', 'What was changed, and what the reference said then'),
      text(
        'witness',
        'JSON object: the fewest rows that show it, both answers, an example for the header, a unit test for dbt; NULL: another has it',
      ),
    ],
  },
  {
    name: 'artifacts',
    about: 'What was compared, as bytes.',
    columns: [
      run,
      feature,
      text('kind', '`lambda`, `dbt_snowflake`, `dbt_duckdb`; `batch_table` in the place of these'),
      text(
        'sha256',
        'Of the SQL: for `lambda` of what answered, otherwise of the model as this version compiles; for `batch_table` of the file',
      ),
    ],
  },
];
