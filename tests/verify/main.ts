/** npm run verify:snowflake -- --project DIR --target NAME: gold, every function row and every feature on an account, and a ledger to send back. */
import { hasErrors } from '../../compiler/diagnostics.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { ExitCode, Output } from '../../runners/cli/command.ts';
import { failureOf, stackOf } from '../../runners/cli/failure.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { terminalOutput } from '../../runners/cli/output.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { targetNamed } from '../../runners/warehouse/target-file.ts';
import { optionsOf } from './options.ts';

async function main(output: Output): Promise<ExitCode> {
  const options = optionsOf(process.argv.slice(2));
  await loadParser();
  const { authored, diagnostics, files, folder } = await loadProject(options.project);
  // A feature that does not compile is no matter here.
  const own = diagnostics.filter(({ span }) => span.file === 'lockstep.yml');
  if (hasErrors(own)) {
    output.say(renderDiagnostics(own, files, { color: output.color }));
    throw new UsageError('lockstep.yml is not as it must be');
  }
  const declared = targetNamed(authored.config, options.target);
  // Loads the repository's own projects, which takes longer than to find a wrong option.
  const { verify } = await import('./verify.ts');
  return verify({ name: options.target, declared, folder, environment: process.env }, options, output);
}

const output = terminalOutput();
try {
  process.exitCode = await main(output);
} catch (thrown) {
  const { message, hint } = failureOf(thrown);
  output.say(`error: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`);
  const stack = stackOf(thrown);
  if (stack !== undefined) output.say(stack);
  process.exitCode = 2;
}
