/** npm run verify:snowflake -- --project DIR --target NAME: gold, every function row and every feature on an account, and a ledger to send back. */
import { defaultConfig, readConfig } from '../../compiler/authoring/config.ts';
import { type Diagnostic, hasErrors } from '../../compiler/diagnostics.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { ExitCode, Output } from '../../runners/cli/command.ts';
import { failureOf, stackOf } from '../../runners/cli/failure.ts';
import { terminalOutput } from '../../runners/cli/output.ts';
import { findProject, readProjectFiles } from '../../runners/project.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { targetNamed } from '../../runners/warehouse/target-file.ts';
import { optionsOf } from './options.ts';

async function main(output: Output): Promise<ExitCode> {
  const options = optionsOf(process.argv.slice(2));
  await loadParser();
  const folder = await findProject(options.project, process.cwd());
  const { files, diagnostics: unread } = await readProjectFiles(folder);
  const file = files.find(({ path }) => path === 'lockstep.yml');
  // Its features are no matter here, nor whether there are any.
  const diagnostics: Diagnostic[] = unread.filter(({ span }) => span.file === 'lockstep.yml');
  const config = file === undefined ? defaultConfig : readConfig(file, diagnostics);
  if (hasErrors(diagnostics)) {
    output.say(renderDiagnostics(diagnostics, files, { color: output.color }));
    throw new UsageError('lockstep.yml is not as it must be');
  }
  const declared = targetNamed(config, options.target);
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
