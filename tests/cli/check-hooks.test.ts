/** The pre-commit hook and the workflow name commands, options and formats that there are. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkFormats } from '../../runners/cli/check-formats/index.ts';
import { lockstep } from '../support/cli.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const workflow = parse(await read('examples/github-actions/lockstep.yml'));
const steps: readonly Step[] = workflow.jobs.check.steps;
const [hook] = parse(await read('.pre-commit-hooks.yaml'));

/** `check --since … --format github`, as it stands behind `lockstep`. */
const calls = [hook.entry, ...steps.flatMap((s) => s.run ?? [])].flatMap((text: string) =>
  [...text.matchAll(/(?:^|npx )lockstep ([^\n|]*)/g)].map((match) => match[1] ?? ''),
);

test('every option is one of the command', async () => {
  expect(calls.length).toBe(2);
  for (const call of calls) {
    const [command = '', ...words] = call.split(' ');
    const { code, out } = await lockstep(command, '--help');
    expect(code).toBe(0);
    const known = new Set([...out.matchAll(/^ {2}(--[\w-]+)/gm)].map((m) => m[1]));
    for (const option of words.filter((w) => w.startsWith('--'))) expect(known).toContain(option.split('=')[0]);
  }
});

test('every format is one that there is, and every file that is used is written', () => {
  const [, check = ''] = calls;
  const reports = new Map([...check.matchAll(/--report (\w+)=(\S+)/g)].map(([, format, file]) => [format ?? '', file ?? '']));
  expect([...reports.keys()]).toEqual(['sarif', 'junit', 'markdown', 'json']);
  for (const format of [...reports.keys(), /--format (\w+)/.exec(check)?.[1] ?? '']) expect(Object.keys(checkFormats)).toContain(format);
  const text = JSON.stringify(steps.map((s) => [s.if, s.run?.replace(check, ''), s.with]));
  const used = new Set(text.match(/reports\/[\w.]+/g));
  expect(used).toEqual(new Set([reports.get('markdown'), reports.get('sarif')]));
});

test('the check runs before what uploads it, and a failed check does not keep it from being uploaded', () => {
  const at = (find: (step: Step) => boolean): number => steps.findIndex(find);
  const check = at((s) => /lockstep check/.test(s.run ?? ''));
  const uploads = steps.slice(check + 1);
  expect(at((s) => s.run === 'npm ci')).toBeLessThan(check);
  expect(uploads.map((s) => s.name)).toEqual(['Summary', 'Comment', 'Code scanning', 'Test report']);
  for (const step of uploads) expect(step.if).toContain('!cancelled()');
  expect(uploads.flatMap((s) => s.uses ?? [])).toEqual(['github/codeql-action/upload-sarif@v3', 'actions/upload-artifact@v4']);
  // What a fork's author chooses reaches a shell through the environment alone.
  for (const step of steps) expect(step.run ?? '').not.toContain('${{');
});

test('the marker that the comment is found by is the one that is written', async () => {
  const comment = steps.find((s) => s.name === 'Comment')?.run ?? '';
  const result = { ok: true, prefix: '', findings: [], features: [], seed: null, profiles: null, since: null, at: '2026-01-01T00:00:00' };
  const marker = checkFormats['markdown']?.(result).split('\n')[0] ?? '';
  expect(marker).toMatch(/^<!-- .* -->$/);
  expect(comment).toContain(`startswith("${marker}")`);
});

test('the hook sees the files of a project, and only these', () => {
  const files = new RegExp(hook.files);
  expect(hook).toMatchObject({ language: 'node', pass_filenames: false });
  expect(['lockstep.yml', 'transforms/features/a.sql', 'a/transforms/sources.yml'].filter((f) => !files.test(f))).toEqual([]);
  expect(['README.md', 'src/a.sql', 'transforms/notes.md'].filter((f) => files.test(f))).toEqual([]);
});
