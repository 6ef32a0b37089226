/** The README is run: what it shows is what the compiler prints, and its commands answer as it says. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { loadProject } from '../../runners/cli/load.ts';
import { main } from '../../runners/cli/main.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');

interface Block {
  /** What the comment before it says it is: `file`, `compiled`, `write`. */
  readonly role: string;
  readonly argument: string;
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/(?:<!-- (\w+): (.*) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, role = '', argument = '', language = '', text = '']) => ({ role, argument, language, text }),
);
const withRole = (role: string): readonly Block[] => blocks.filter((b) => b.role === role);

test.each(withRole('file').map((b) => [b.argument, b.text] as const))('%s is shown as it is', async (path, text) => {
  expect(text).toBe(await readFile(join(root, path), 'utf8'));
});

test.each(withRole('compiled').map((b) => [b.argument, b.text] as const))('%s is what is compiled', async (argument, text) => {
  const [project = '', path] = argument.split(' ');
  const { compiled } = await loadProject(join(root, project));
  expect(compiled.files.find((f) => f.path === path)?.text).toBe(text);
});

test('a feature, its model and its lambda are shown', () => {
  expect(withRole('file').length).toBe(1);
  expect(withRole('compiled').map((b) => b.argument.split(' ')[1]?.split('/')[0])).toEqual(['dbt', 'lambdas']);
});

const started = process.cwd();
const home = await mkdtemp(join(tmpdir(), 'readme-'));
afterAll(async () => {
  process.chdir(started);
  await rm(home, { recursive: true });
});

async function lockstep(args: string): Promise<string> {
  let printed = '';
  const write = (chunk: unknown): boolean => {
    printed += String(chunk);
    return true;
  };
  const spies = [vi.spyOn(process.stdout, 'write').mockImplementation(write), vi.spyOn(process.stderr, 'write').mockImplementation(write)];
  try {
    await main(args.split(' '));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed;
}

test('the ten minutes pass as they are told', async () => {
  process.chdir(home);
  const place = process.cwd();
  let commands = 0;
  for (const block of blocks) {
    if (block.role === 'write') await writeFile(join(process.cwd(), block.argument), block.text);
    if (block.language !== 'console') continue;
    for (const [, command = '', output = ''] of block.text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const folder = /^cd (\S+)$/.exec(command)?.[1];
      if (folder !== undefined) {
        process.chdir(join(process.cwd(), folder));
        continue;
      }
      expect(command).toMatch(/^npx lockstep /);
      commands += 1;
      const printed = await lockstep(command.replace('npx lockstep ', ''));
      if (output !== '') expect(`$ ${command}\n${printed}`).toBe(`$ ${command}\n${output.replaceAll('/home/you', place)}`);
      else expect(printed).not.toContain('error');
    }
  }
  expect(commands).toBeGreaterThanOrEqual(7);
}, 60_000);

test('files that the README points to are there', async () => {
  for (const [, path = ''] of readme.matchAll(/\]\(([^)#:]+)\)/g))
    expect(await readFile(join(dirname(join(root, 'README.md')), path), 'utf8')).not.toBe('');
});
