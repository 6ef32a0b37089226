/** Which Lockstep and which driver asked. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lockstepVersion } from '../../runners/lockstep-version.ts';

export interface Provenance {
  /** `commit`: null outside of a repository. `changed`: files differ from it. */
  readonly tool: { readonly name: 'lockstep'; readonly version: string; readonly commit: string | null; readonly changed: boolean };
  readonly driver: { readonly name: 'snowflake-sdk'; readonly version: string };
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export async function provenance(): Promise<Provenance> {
  const commit = (await git('rev-parse', 'HEAD'))?.trim() ?? null;
  const changed = commit !== null && (await git('status', '--porcelain', '--untracked-files=no')) !== '';
  const driver = JSON.parse(await readFile(new URL('../../node_modules/snowflake-sdk/package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return {
    tool: { name: 'lockstep', version: await lockstepVersion(), commit, changed },
    driver: { name: 'snowflake-sdk', version: driver.version },
  };
}

async function git(...args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)('git', ['-C', root, ...args]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}
