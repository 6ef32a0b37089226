/** Every statement that a run of dbt sends to Snowflake, with nobody at the other end. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stackFolder } from '../../runners/engines/clickhouse.ts';
import { vars } from './dbt-project.ts';

/** `file` gets them; `relations`: whether each relation that dbt asks for is there. */
export function sentByDbt(folder: string, file: string, relations: 'there' | 'absent'): readonly string[] {
  const options = [
    '--project-dir',
    folder,
    '--profiles-dir',
    folder,
    '--target',
    'snowflake',
    ...vars({ lockstep_start: 1_767_225_600_000_000n }),
  ];
  const program = join(import.meta.dirname ?? '.', 'dbt-offline.py');
  execFileSync(resolve(stackFolder, 'dbt/bin/python'), [program, file, relations, 'run', ...options], {
    env: { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false', DO_NOT_TRACK: '1' },
    maxBuffer: 64e6,
  });
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string);
}
