/** What the subcommands of `lockstep lambda` have in common: where the server is, and how an answer is printed. */
import type { Command as Program } from 'commander';
import { UsageError } from '../usage-error.ts';
import type { ExitCode, Output, Run } from './command.ts';
import { oneOf } from './one-of.ts';
import { callServer, type Said } from './server-call.ts';
import { type Cell, textTable } from './table.ts';

export interface LambdaOptions {
  readonly url: string;
  readonly format: string;
  readonly workspace?: string;
}

export interface Shown {
  readonly json: unknown;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly code?: ExitCode;
}

export const compiledOnes = 'features';

export function lambdaCommand(parent: Program, usage: string, description: string): Program {
  const command = parent.command(usage).description(description);
  command.option('--url <url>', 'where lockstep serve runs', 'http://127.0.0.1:8080').option('--format <format>', 'text or json', 'text');
  return command.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(text) });
}

export function shownBy(run: Run, options: Pick<LambdaOptions, 'format'>, work: (output: Output) => Promise<Shown>): Promise<void> {
  return run(async (output) => {
    const format = oneOf('--format', options.format, ['text', 'json'] as const);
    const shown = await work(output);
    if (format === 'json') output.result(JSON.stringify(shown.json, null, 2));
    else
      output.result(
        textTable(
          shown.columns.map((name) => ({ name, numeric: false })),
          shown.rows,
        ),
      );
    return shown.code ?? 0;
  });
}

export function call(
  { url, workspace = compiledOnes }: Pick<LambdaOptions, 'url' | 'workspace'>,
  method: string,
  path: readonly string[],
  body?: object,
): Promise<Said> {
  return callServer(url, method, `/v1/orgs/self/ws/${[workspace, 'lambdas', ...path].map(segment).join('/')}`, body);
}

export function segment(name: string): string {
  // A URL would go up there.
  if (/^\.{0,2}$/.test(name)) throw new UsageError(`${JSON.stringify(name)} names nothing`);
  return encodeURIComponent(name);
}

export function moved(name: string, { data }: Said): Shown {
  const version = data.version.version;
  return {
    json: { lambda: name, tag: data.tag_name, version },
    columns: ['lambda', 'tag', 'version'],
    rows: [[name, data.tag_name, version]],
  };
}
