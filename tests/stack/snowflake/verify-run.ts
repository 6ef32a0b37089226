/** A run of verify:snowflake on the emulated server, with what that server needs to be told otherwise. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { loadProject } from '../../../runners/cli/load.ts';
import { targetNamed } from '../../../runners/warehouse/target-file.ts';
import { folderWith } from '../../support/cli.ts';
import type { Ledger } from '../../verify/ledger.ts';
import { optionsOf } from '../../verify/options.ts';
import { verify } from '../../verify/verify.ts';
import type { Fakesnow } from './fakesnow.ts';
import { targetLine } from './target.ts';

/**
 * Upstream: fakesnow has no CURRENT_WAREHOUSE; takes no column that is called AT; and dies of ARRAY_REVERSE without an answer, for which the driver
 * then asks for a minute.
 */
export const forFakesnow = (sql: string): string =>
  sql
    .replace('CURRENT_WAREHOUSE()', "'SMALL'")
    .replaceAll(/(?<![\w"'$])at(?![\w"'])/gi, 'at_')
    .replaceAll(/\barray_reverse\(/gi, 'no_array_reverse(');

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly ledger: Ledger;
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-verify-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const projectOn = (server: Fakesnow): Promise<string> =>
  folderWith({ 'lockstep.yml': `name: small\ntargets:\n  ${targetLine(server, ', warehouse_size: X-Small')}\n` });

export async function verified(server: Fakesnow, argv: readonly string[], now?: () => number): Promise<Ran> {
  const out = join(await newFolder(), 'ledger.json');
  const project = await projectOn(server);
  const options = optionsOf(['--project', project, '--target', 'snow', '--out', out, ...argv]);
  const { authored } = await loadProject(project);
  const said = { out: '', err: '' };
  const code = await verify(
    { name: 'snow', declared: targetNamed(authored.config, 'snow'), folder: project, environment: process.env },
    options,
    {
      result: (text) => {
        said.out += `${text}\n`;
      },
      say: (text) => {
        said.err += `${text}\n`;
      },
      color: false,
      progress: () => ({ step: () => {}, end: () => {} }),
    },
    now,
  );
  return { code, ...said, ledger: JSON.parse(await readFile(out, 'utf8')) as Ledger };
}
