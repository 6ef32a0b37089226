/** The files of a project as they were at a commit, branch or tag. */
import { execFile } from 'node:child_process';
import { UsageError } from './usage-error.ts';

/** Path (relative to the folder) → text. Git speaks for itself where the reference means nothing. */
export async function filesAt(folder: string, reference: string): Promise<ReadonlyMap<string, string>> {
  const commit = (
    await git(
      folder,
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`],
      `there is no commit ${reference} here`,
    )
  ).trim();
  const listed = await git(folder, ['ls-tree', '-r', '-z', commit, '--', '.'], `the files of ${reference} cannot be listed`);
  const entries = listed.split('\0').flatMap((line) => {
    const [, hash = '', path = ''] = /^\d+ blob ([0-9a-f]+)\t([\s\S]+)$/.exec(line) ?? [];
    return hash === '' || !/\.(sql|ya?ml)$/i.test(path) ? [] : [{ hash, path: Buffer.from(path, 'latin1').toString('utf8') }];
  });
  const texts = await blobs(
    folder,
    entries.map((e) => e.hash),
  );
  return new Map(entries.map(({ path }, i) => [path, texts[i] as string]));
}

/** Where the folder lies in its repository, with a slash at the end; empty at its top, and outside of any. */
export async function placeInRepository(folder: string): Promise<string> {
  try {
    return Buffer.from((await git(folder, ['rev-parse', '--show-prefix'], 'not in a repository')).trim(), 'latin1').toString('utf8');
  } catch (thrown) {
    if (thrown instanceof UsageError) return '';
    throw thrown;
  }
}

const mostBytes = 256 * 1024 * 1024;

function git(folder: string, args: readonly string[], message: string, input?: string): Promise<string> {
  return new Promise((done, failed) => {
    const child = execFile('git', ['-C', folder, ...args], { maxBuffer: mostBytes, encoding: 'buffer' }, (error, out, err) => {
      if (error === null) return done(out.toString('latin1'));
      const said = err.toString('utf8').trim().split('\n')[0] ?? '';
      const hint = 'code' in error && error.code === 'ENOENT' ? 'git is not installed' : said;
      failed(new UsageError(message, hint === '' ? undefined : hint));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** One process for all of them. */
async function blobs(folder: string, hashes: readonly string[]): Promise<readonly string[]> {
  const out = Buffer.from(await git(folder, ['cat-file', '--batch'], 'the files cannot be read', `${hashes.join('\n')}\n`), 'latin1');
  let at = 0;
  return hashes.map(() => {
    const end = out.indexOf(10, at);
    const size = Number(out.toString('latin1', at, end).split(' ')[2]);
    const text = out.toString('utf8', end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    return text;
  });
}
