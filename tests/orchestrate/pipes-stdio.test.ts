/** Pipes on the streams of a process of its own: nothing is lost at its end, and what else is written there stays apart. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';

const encoded = (value: unknown): string => deflateSync(JSON.stringify(value)).toString('base64');

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `pause`: how long nobody reads its output, so that the pipe is full. */
function child(what: string, channel: object, pause = 0): Promise<Ran> {
  const ran = spawn(process.execPath, ['--import', 'tsx', 'tests/orchestrate/pipes-child.ts', what], {
    env: {
      ...process.env,
      DAGSTER_PIPES_CONTEXT: encoded({ data: { run_id: 'r' } }),
      DAGSTER_PIPES_MESSAGES: encoded(channel),
    },
  });
  const said = { stdout: '', stderr: '' };
  setTimeout(() => {
    for (const stream of ['stdout', 'stderr'] as const)
      ran[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
      });
  }, pause);
  return new Promise((done) => ran.on('close', (code) => done({ code, ...said })));
}

const methods = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => (line.startsWith('{') ? (JSON.parse(line) as { readonly method: string }).method : line));

test('what was sent arrives, though its reader is slow and the process exits at once', async () => {
  for (const channel of [{ stdio: 'stdout' }, { buffered_stdio: 'stdout' }]) {
    const { code, stdout } = await child('much, then exit', channel, 1500);
    expect(code).toBe(0);
    expect(methods(stdout)).toStrictEqual(['opened', ...Array.from({ length: 3000 }, () => 'log'), 'closed']);
  }
});

test('a message begins a line, whatever stands before it', async () => {
  const { stdout, stderr } = await child('mixed', { stdio: 'stdout' });
  expect(methods(`${stdout}\n`)).toStrictEqual([
    'opened',
    'no end of line',
    'log',
    'a whole line',
    'log',
    'log',
    'closed',
    'after the end',
  ]);
  expect(stderr).toBe('another stream');
});

test('buffered, they come together at the end', async () => {
  const { stdout, stderr } = await child('mixed', { buffered_stdio: 'stderr' });
  expect(stdout).toBe('no end of linea whole line\nafter the end');
  expect(methods(stderr)).toStrictEqual(['another stream', 'opened', 'log', 'log', 'log', 'closed']);
});

test('with stdio in messages, what was written is reported in whole characters, and is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipes-'));
  const path = join(folder, 'messages');
  const { stdout, stderr } = await child('captured', { path, include_stdio_in_messages: true });
  const sent = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly method: string; readonly params: Readonly<Record<string, string>> });
  await rm(folder, { recursive: true });
  const text = (stream: string): string =>
    sent.flatMap(({ params }) => (params['stream'] === stream ? [params['text'] ?? ''] : [])).join('');
  expect(text('stdout')).toBe('😀é\ufffd');
  expect(text('stderr').replace('called back\n', '')).toBe(`${'é'.repeat(20_000)}\n`);
  expect([sent[0]?.method, sent.at(-1)?.method]).toStrictEqual(['opened', 'closed']);
  expect(stdout).toBe('😀é\ufffdafter the end\n');
  expect(stderr.replace('called back\n', '')).toBe(`${'é'.repeat(20_000)}\n`);
});
