/** lockstep render: the SQL of one feature at one instant, to paste into a worksheet. */
import { stagingSql } from '../../compiler/artifacts/staging.ts';
import { dialects, identifier } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import { duckdbPrelude } from '../../compiler/functions/duckdb-prelude.ts';
import { lift } from '../../compiler/plan/lift.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { specialise } from '../../compiler/plan/specialise.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { formatValue } from '../data/format-value.ts';
import { parseInstant } from '../data/instant.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand } from './command.ts';
import { required } from './given.ts';
import { loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';
import { expectShortRun } from './short-run.ts';

interface Options {
  readonly target: string;
  readonly at?: string;
  readonly project?: string;
}

export const render: CliCommand = {
  register: (program, run) => {
    program
      .command('render [feature]')
      .usage('<feature> --at <instant> [options]')
      .description('the SQL of a feature at one instant, to paste into a worksheet')
      .option('--at <instant>', 'the instant, in UTC: 2026-01-01T00:00:00')
      .option('--target <target>', 'snowflake or duckdb', 'snowflake')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .action((name: string | undefined, options: Options) =>
        run(async (output) => {
          expectShortRun();
          const engine = oneOf('--target', options.target, ['snowflake', 'duckdb'] as const);
          const project = await loadProject(options.project);
          const { feature } = requireFeature(project, name, output);
          const written = required('--at <instant>', options.at);
          const at = parseInstant(written);
          if (at === undefined) throw new UsageError(`--at ${written} is no instant: write it as 2026-01-01T00:00:00`);
          const { catalog } = project.authored;
          const dialect = dialects[engine];
          const plan = specialise(lift({ ...feature, groupsByEntity: false }, catalog), ['move-conditions', 'prune-columns']);
          const clean = catalog.sources
            .filter((s) => feature.sources.includes(s.name))
            .map((s) => ({ name: `CLEAN_${s.name.toUpperCase()}`, text: stagingSql(s, s.warehouse, dialect) }));
          const instant = `SELECT CAST('${String(formatValue(at, timestamp))}' AS ${dialect.typeName(timestamp)}) AS ${identifier(asOfColumn, dialect)}`;
          const sql = planSql(plan, {
            dialect,
            source: (s) => identifier(`CLEAN_${s.toUpperCase()}`, dialect),
            spine: { cte: instant, before: clean },
            passed: [],
            rows: 'found',
            appended: [],
          });
          output.result(`${engine === 'duckdb' ? `${duckdbPrelude.join(';\n')};\n` : ''}${sql};`);
          return 0;
        }),
      );
  },
};
