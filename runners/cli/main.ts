/** The command line: the list of commands, and what becomes of their errors. */
import { CommanderError, Command as Program } from 'commander';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { DataError } from '../data/data-error.ts';
import { EngineError } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import { check } from './check.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { compile } from './compile.ts';
import { explain } from './explain.ts';
import { init } from './init.ts';
import { DoesNotCompile } from './load.ts';
import { terminalOutput } from './output.ts';
import { parity } from './parity.ts';
import { query } from './query.ts';
import { render } from './render.ts';
import { report } from './report.ts';
import { verify } from './verify.ts';

const commands: readonly CliCommand[] = [init, compile, check, explain, render, query, parity, report, verify];

export async function main(argv: readonly string[]): Promise<ExitCode> {
  const output = terminalOutput();
  let code: ExitCode = 0;
  const run = async (action: (output: Output) => Promise<ExitCode>): Promise<void> => {
    code = await action(output);
  };
  const program = new Program('lockstep')
    .description('Write a feature once, in SQL; run it in the warehouse and in real time; prove that both agree.')
    .exitOverride()
    .showHelpAfterError('(run with --help for the options)');
  for (const command of commands) command.register(program, run);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: (text) => output.say(text) });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    return failed(thrown, output);
  }
}

function failed(thrown: unknown, output: Output): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof DoesNotCompile) {
    output.say(`error: ${thrown.message}`);
    return 1;
  }
  if (thrown instanceof UsageError) output.say(`error: ${thrown.message}${thrown.hint === undefined ? '' : `\nhint: ${thrown.hint}`}`);
  else if (thrown instanceof DataError) output.say(`error: ${thrown.message}`);
  else if (thrown instanceof EngineError) output.say(`error: ${thrown.engine} failed: ${thrown.message}`);
  else if (thrown instanceof EvaluationError) output.say(`error: a value cannot be computed: ${thrown.message}`);
  else if (isSystemError(thrown)) output.say(`error: ${thrown.message}`);
  else {
    output.say(`error: this is a bug in Lockstep: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    if (process.env['LOCKSTEP_DEBUG'] !== undefined && thrown instanceof Error) output.say(thrown.stack ?? '');
  }
  return 2;
}

function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return (
    thrown instanceof Error &&
    typeof (thrown as NodeJS.ErrnoException).code === 'string' &&
    typeof (thrown as NodeJS.ErrnoException).syscall === 'string'
  );
}
