/**
 * npm run fuzz -- --cases N --seed S: the differential test at any length, with its coverage report.
 * --postgres N: every N-th case on Postgres too; --engine clickhouse: on ClickHouse in its place. --parser: spoilt inputs instead. --mutants: faults in a copy of the code, which the differential test must find.
 */

import { parseArgs } from 'node:util';
import { counted } from '../../compiler/counted.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { fuzzParser } from '../parser-fuzz/main.ts';
import { campaign } from './campaign.ts';
import { coverageReport } from './report.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    postgres: { type: 'string' },
    engine: { type: 'string', default: 'postgres' },
    failures: { type: 'string', default: '5' },
    shrink: { type: 'string', default: 'yes' },
    parser: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    // Of the mutants: those whose name has this, from the n-th on.
    only: { type: 'string' },
    skip: { type: 'string' },
  },
});
if (values.parser)
  process.exit(await fuzzParser({ cases: Number(values.cases), seed: Number(values.seed), most: Number(values.failures) }));
if (values.mutants) {
  await import('../mutants/main.ts');
  process.exit();
}
const beside = values.engine === 'clickhouse' ? 'clickhouse' : 'postgres';
await loadParser();
const started = Date.now();
const result = await campaign({
  cases: Number(values.cases),
  seed: Number(values.seed),
  folder: 'tests/differential/failures',
  mostFailures: Number(values.failures),
  shrink: values.shrink !== 'no',
  postgresEvery: Number(values.postgres ?? (beside === 'clickhouse' ? 1 : 4)),
  beside,
  onProgress: (done) => {
    if (process.stderr.isTTY && done % 50 === 0) process.stderr.write(`\r${done} cases`);
  },
});
console.log(coverageReport(result));
for (const f of result.failures) console.log(`\nDIFFERENT: ${f.form}\n${f.message}\n${f.sql}files: ${f.folder}`);
console.log(
  `\nseed ${values.seed}: ${counted(result.cases, 'case')} in ${((Date.now() - started) / 1000).toFixed(0)} s, ${counted(result.agreed, 'agrees', 'agree')}, ${counted(result.failures.length, 'differs', 'differ')}, ${counted(result.raised, 'raises', 'raise')}, ${result.refused} refused`,
);
process.exitCode = result.failures.length > 0 ? 1 : 0;
