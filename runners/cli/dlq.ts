/** lockstep dlq: the messages that a running server could not read, and all of them once more. */
import { counted } from '../../compiler/counted.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';

interface Options {
  readonly url: string;
}

export const dlq: CliCommand = {
  register: (program, run) => {
    const group = program.command('dlq').description('dead letters of a running server: messages that are no rows of their source');
    const server = ['--url <url>', 'where lockstep serve listens; LOCKSTEP_API_KEY is the key', 'http://127.0.0.1:8080'] as const;
    group
      .command('list')
      .description('how many there are, and why')
      .option(...server)
      .action((options: Options) => run((output) => list(options, output)));
    group
      .command('replay')
      .argument('<source>')
      .description('read them again, after the declaration or a schema was mended; what is a row now is taken')
      .option(...server)
      .action((source: string, options: Options) => run((output) => replayed(source, options, output)));
    for (const command of group.commands) command.exitOverride();
  },
};

interface Listed {
  readonly source: string;
  readonly letters: number;
  readonly oldest: string | null;
  readonly dropped: number;
  readonly because: Readonly<Record<string, number>>;
}

async function list({ url }: Options, output: Output): Promise<ExitCode> {
  const { sources } = (await ask(url, 'GET', '/dead-letters')) as { readonly sources: readonly Listed[] };
  const some = sources.filter((s) => s.letters + s.dropped > 0);
  for (const { source, letters, oldest, dropped, because } of some) {
    const rotated = dropped === 0 ? '' : `; ${dropped} made room for newer ones`;
    output.result(`${source}: ${counted(letters, 'letter')} since ${oldest ?? 'never'}${rotated}`);
    for (const [why, n] of Object.entries(because)) output.result(`  ${n} × ${why}`);
  }
  if (some.length === 0) output.result('there are none');
  return some.length === 0 ? 0 : 1;
}

async function replayed(source: string, { url }: Options, output: Output): Promise<ExitCode> {
  const path = `/dead-letters/${encodeURIComponent(source)}/replay`;
  const done = (await ask(url, 'POST', path)) as Readonly<Record<'letters' | 'replayed' | 'stayed' | 'gone', number>>;
  const gone = done.gone === 0 ? '' : `, ${done.gone} that the topic has no more`;
  output.result(`${source}: ${done.replayed} of ${counted(done.letters, 'letter')} replayed, ${done.stayed} stay${gone}`);
  return done.replayed === done.letters ? 0 : 1;
}

async function ask(server: string, method: string, path: string): Promise<unknown> {
  const key = process.env['LOCKSTEP_API_KEY'];
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `ApiKey ${key}` };
  const response = await fetch(server.replace(/\/$/, '') + path, { method, headers }).catch(() => {
    throw new UsageError(`${server} cannot be reached`, 'is lockstep serve running there?');
  });
  const body = (await response.json().catch(() => ({}))) as { readonly message?: string; readonly hint?: string };
  if (!response.ok)
    throw new UsageError(body.message ?? `${server} answers with ${response.status}`, body.hint ?? 'see the log of the server');
  return body;
}
