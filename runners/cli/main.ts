/** The command line: the list of commands, and what becomes of their errors. */
import { CommanderError, Command as Program } from 'commander';
import { endQuietlyWhenClosed } from './closed-early.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { failureOf, stackOf } from './failure.ts';
import { DoesNotCompile } from './load.ts';
import { terminalOutput } from './output.ts';

/** Loaded when named: what they run takes longer to load than to compile a hundred features. */
const commands: Readonly<Record<string, () => Promise<CliCommand>>> = {
  init: async () => (await import('./init.ts')).init,
  compile: async () => (await import('./compile.ts')).compile,
  check: async () => (await import('./check.ts')).check,
  explain: async () => (await import('./explain.ts')).explain,
  render: async () => (await import('./render.ts')).render,
  query: async () => (await import('./query.ts')).query,
  'training-set': async () => (await import('./training-set.ts')).trainingSet,
  sources: async () => (await import('./sources.ts')).sources,
  profile: async () => (await import('./profile.ts')).profile,
  parity: async () => (await import('./parity.ts')).parity,
  report: async () => (await import('./report.ts')).report,
  alert: async () => (await import('./alert.ts')).alert,
  verify: async () => (await import('./verify.ts')).verify,
  backfill: async () => (await import('./backfill.ts')).backfill,
  materialize: async () => (await import('./materialize.ts')).materialize,
  serve: async () => (await import('./serve.ts')).serve,
  lambda: async () => (await import('./lambda.ts')).lambda,
  dlq: async () => (await import('./dlq.ts')).dlq,
};

/** The one that is named first; otherwise all, for the help to list. */
async function commandsFor([first = '']: readonly string[]): Promise<readonly CliCommand[]> {
  const named = Object.hasOwn(commands, first) ? commands[first] : undefined;
  return Promise.all((named === undefined ? Object.values(commands) : [named]).map((load) => load()));
}

export async function main(argv: readonly string[]): Promise<ExitCode> {
  const output = terminalOutput();
  endQuietlyWhenClosed(process.stdout, process.stderr);
  let code: ExitCode = 0;
  const run = async (action: (output: Output) => Promise<ExitCode>): Promise<void> => {
    code = await action(output);
  };
  const program = new Program('lockstep')
    .description('Write a feature once, in SQL; run it in the warehouse and in real time; prove that both agree.')
    .exitOverride()
    .showHelpAfterError('(run with --help for the options)');
  for (const command of await commandsFor(argv)) command.register(program, run);
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
