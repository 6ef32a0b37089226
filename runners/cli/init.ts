/** lockstep init: a new project with one working feature. */

import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { makeFolder } from '../artifact-files.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand } from './command.ts';

const files: Readonly<Record<string, string>> = {
  'lockstep.yml': 'name: my_features\n',
  'transforms/sources.yml': `streams:
  views:
    description: A viewer opened a live stream.
    warehouse: raw.events.views
    topic: views.v1
    key: view_id
    event_time: viewed_at
    ingest_time: ingested_at
    lateness: 10 minutes
    columns:
      view_id: VARCHAR
      stream_id: VARCHAR
      user_id: { type: VARCHAR, pii: true }
      viewed_at: TIMESTAMP_NTZ
      ingested_at: TIMESTAMP_NTZ
`,
  'transforms/features/stream_viewers.sql': `/*---
entity: stream_id
description: How many people opened a live stream in its last 10 minutes.
owner: me
every: 1 hour
---*/
SELECT
  stream_id,
  COUNT(*)                 AS views_10m,
  COUNT(DISTINCT user_id)  AS viewers_10m
FROM views
WHERE viewed_at >= as_of() - INTERVAL '10 minutes'
GROUP BY stream_id
`,
  'events/views.ndjson': `{"view_id":"v1","stream_id":"s1","user_id":"u1","viewed_at":"2026-01-01T12:00:00","ingested_at":"2026-01-01T12:00:01"}
{"view_id":"v2","stream_id":"s1","user_id":"u2","viewed_at":"2026-01-01T12:05:00","ingested_at":"2026-01-01T12:05:01"}
{"view_id":"v3","stream_id":"s1","user_id":"u1","viewed_at":"2026-01-01T12:09:00","ingested_at":"2026-01-01T12:09:01"}
{"view_id":"v3","stream_id":"s1","user_id":"u1","viewed_at":"2026-01-01T12:09:00","ingested_at":"2026-01-01T12:09:30"}
`,
  'spine.ndjson': `{"stream_id":"s1","as_of":"2026-01-01T12:10:00"}
{"stream_id":"s1","as_of":"2026-01-01T12:10:00.000001"}
{"stream_id":"s2","as_of":"2026-01-01T12:10:00"}
`,
};

export const init: CliCommand = {
  register: (program, run) => {
    program
      .command('init [dir]')
      .description('a new project with one working feature')
      .action((dir: string | undefined) =>
        run(async (output) => {
          const folder = resolve(dir ?? '.');
          const present: readonly string[] = await readdir(folder).catch(() => []);
          const taken = Object.keys(files).find((file) => present.includes(file.split('/')[0] ?? file));
          if (taken !== undefined)
            throw new UsageError(`${folder} already has ${taken.split('/')[0]}`, 'name an empty folder: lockstep init my_features');
          for (const [path, text] of Object.entries(files)) {
            await makeFolder(dirname(join(folder, path)));
            await writeFile(join(folder, path), text);
          }
          const at = dir === undefined ? '' : ` --project ${dir}`;
          const inFolder = (path: string): string => (dir === undefined ? path : `${dir}/${path}`);
          output.result(`${counted(Object.keys(files).length, 'file')} in ${folder}. Try:
  lockstep check${at}
  lockstep query stream_viewers${at} --events ${inFolder('events')} --spine ${inFolder('spine.ndjson')}
  lockstep parity${at} --events ${inFolder('events')}`);
          return 0;
        }),
      );
  },
};
