/** The command line: the list of commands, and what becomes of their errors. */
import { CommanderError, Command as Program } from 'commander';
import { check } from './check.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { compile } from './compile.ts';
import { explain } from './explain.ts';
import { failureOf, stackOf } from './failure.ts';
import { init } from './init.ts';
import { lambda } from './lambda.ts';
import { DoesNotCompile } from './load.ts';
import { terminalOutput } from './output.ts';
import { parity } from './parity.ts';
import { query } from './query.ts';
import { render } from './render.ts';
import { report } from './report.ts';
import { serve } from './serve.ts';
import { verify } from './verify.ts';

const commands: readonly CliCommand[] = [init, compile, check, explain, render, query, parity, report, verify, serve, lambda];

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
  const { message, hint } = failureOf(thrown);
  output.say(`error: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`);
  const stack = stackOf(thrown);
  if (stack !== undefined) output.say(stack);
  return 2;
}
