/** npm run gold -- FILE.jsonl [--engine A,B] [--format json|text] [--raise LEDGER.json]: our compiler against what Snowflake printed. */
import { parseArgs } from 'node:util';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { terminalOutput } from '../../runners/cli/output.ts';
import { DataError } from '../../runners/data/data-error.ts';
import { EngineError } from '../../runners/engines/engine.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { engines, type GoldEngine } from './engines.ts';
import { raise } from './ledger.ts';
import { readCases } from './read-cases.ts';
import { engineReport, textReport } from './report.ts';
import { runAll } from './run-all.ts';

const usage = `npm run gold -- FILE.jsonl [--engine ${engines.map((e) => e.name).join(',')}] [--format json|text] [--raise LEDGER.json]`;

async function main(): Promise<number> {
  const { file, chosen, format, ledger } = asked();
  const output = terminalOutput();
  const cases = readCases(file);
  await loadParser();
  const progress = output.progress('gold', cases.length);
  const found = await runAll(cases, chosen, progress.step);
  progress.end();
  if (ledger !== undefined) raise(ledger, found);
  const color = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
  const reports = Object.fromEntries([...found].map(([name, of]) => [name, engineReport(of)]));
  output.result(
    format === 'json' ? JSON.stringify(reports, null, 2) : [...found].map(([name, of]) => textReport(name, of, color)).join('\n\n'),
  );
  return Object.values(reports).some((r) => r.different.length > 0) ? 1 : 0;
}

interface Asked {
  readonly file: string;
  readonly chosen: readonly GoldEngine[];
  readonly format: string;
  readonly ledger: string | undefined;
}

function asked(): Asked {
  const { values, positionals } = parsedArguments();
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('name one file of gold cases', usage);
  if (!['json', 'text'].includes(values.format)) throw new UsageError(`there is no format ${values.format}`, usage);
  const chosen = values.engine.split(',').map((name) => {
    const engine = engines.find((e) => e.name === name.trim());
    if (engine === undefined) throw new UsageError(`there is no engine ${name}`, usage);
    return engine;
  });
  return { file, chosen, format: values.format, ledger: values.raise };
}

function parsedArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        engine: { type: 'string', default: engines.flatMap((e) => (e.inStack ? [] : [e.name])).join(',') },
        format: { type: 'string', default: 'text' },
        raise: { type: 'string' },
      },
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown), usage);
  }
}

try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof UsageError) && !(thrown instanceof DataError) && !(thrown instanceof EngineError)) throw thrown;
  console.error(thrown.message);
  if (thrown instanceof UsageError && thrown.hint !== undefined) console.error(thrown.hint);
  process.exitCode = 2;
}
