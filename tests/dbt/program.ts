/** A program in the place of dbt: it notes how it was started, says and writes what it is told, and holds until a signal comes if it should. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderWith } from '../support/cli.ts';

export interface Told {
  /** run_results.json; null: none is written. */
  readonly results: string | null;
  readonly code?: number;
  /** Lines of its output. */
  readonly out?: readonly string[];
  readonly err?: readonly string[];
  /** It ends after a signal alone, so many milliseconds later. */
  readonly holds?: number;
}

export interface Started {
  readonly pid: number;
  readonly group: number;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly signals: readonly string[];
}

export interface Program {
  readonly command: string;
  /** Of the project, in which it is started. */
  readonly folder: string;
  readonly tell: (told: Told) => Promise<void>;
  /** How often it was started, and how. */
  readonly started: () => Promise<readonly Started[]>;
}

const script = `#!${process.execPath}
const { appendFileSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const told = JSON.parse(readFileSync('told.json', 'utf8'));
const group = Number(String(execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)])));
const signals = [];
// Whoever reads it sees all of it.
const note = () => {
  const file = 'started-' + process.pid + '.json';
  writeFileSync(file + '.tmp', JSON.stringify({ pid: process.pid, group, arguments: process.argv.slice(2), environment: process.env, signals }));
  renameSync(file + '.tmp', file);
};
const end = () => {
  for (const line of told.out ?? []) process.stdout.write(line + '\\n');
  for (const line of told.err ?? []) process.stderr.write(line + '\\n');
  const target = process.argv[process.argv.indexOf('--target-path') + 1];
  if (told.results !== null) writeFileSync(target + '/run_results.json', told.results);
  writeFileSync(target + '/manifest.json', '{"nodes":{"of":' + process.pid + '}}');
  process.exitCode = told.code ?? 0;
};
let timer;
if (told.holds !== undefined) {
  const waiting = setInterval(() => {}, 1000);
  process.on('SIGINT', () => {
    signals.push('SIGINT');
    note();
    timer ??= setTimeout(() => (clearInterval(waiting), end()), told.holds);
  });
}
note();
appendFileSync('pids', process.pid + '\\n');
if (told.holds === undefined) end();
`;

export async function program(): Promise<Program> {
  const folder = await folderWith({ dbt: script });
  const command = join(folder, 'dbt');
  await chmod(command, 0o755);
  return {
    command,
    folder,
    tell: (told) => writeFile(join(folder, 'told.json'), JSON.stringify(told)),
    started: async () => {
      const pids = await readFile(join(folder, 'pids'), 'utf8').catch(() => '');
      const files = pids.split('\n').filter((pid) => pid !== '');
      return Promise.all(files.map(async (pid) => JSON.parse(await readFile(join(folder, `started-${pid}.json`), 'utf8')) as Started));
    },
  };
}
