/** A process of its own that writes a history: `writer.ts FILE NAME RUNS`, or `writer.ts FILE NAME die`, which dies before it commits. */
import { appendRun, insertRun } from '../../runners/history/history.ts';
import { makeTables, openToWrite } from '../../runners/history/open.ts';
import { featureReport, reportedRun } from './runs.ts';

const [file = '', name = '', what = '1'] = process.argv.slice(2);
const opening = { say: () => {}, patience: 60_000 };
const run = (n: number) =>
  reportedRun(
    `${name}-${n}`,
    `2026-01-0${n}T01:00:00.000000`,
    Array.from({ length: 20 }, (_, i) => featureReport(`f${i}`)),
  );

if (what === 'die') {
  const connection = await openToWrite(file, opening);
  await connection.execute('BEGIN TRANSACTION');
  await makeTables(connection, '0.1.0');
  await insertRun(connection, run(1));
  process.kill(process.pid, 'SIGKILL');
} else for (let n = 1; n <= Number(what); n++) await appendRun(file, run(n), opening);
