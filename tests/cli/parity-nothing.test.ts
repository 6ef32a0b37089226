/** Points at which nothing ever happened agree whatever the forms do: no promise is made of them, and it is said why. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { event, project } from './viewers.ts';

const at = (stream_id: string, day: number): string => `${JSON.stringify({ stream_id, as_of: `2026-01-0${day}T12:00:00` })}\n`;
const compared = (folder: string, ...more: readonly string[]) =>
  lockstep('parity', '--project', folder, '--events', `${folder}/events`, ...more);
const reason = 'but every answer is the one without any event: that shows nothing';

test.each([['logic'], ['replay']])('%s: a spine before anything happened', async (mode) => {
  const folder = await project({ 'spine.ndjson': at('s1', 8) + at('nobody', 1) });
  const { code, out } = await compared(folder, '--mode', mode, '--spine', `${folder}/spine.ndjson`);
  expect(out).toMatch(/^UNDECIDED viewers {2}2 points, 0 differ/);
  expect(out).toContain(`none of them mismatches, ${reason}`);
  expect(code).toBe(3);
});

test('one point with an event is enough, wherever in the spine it stands', async () => {
  const empty = Array.from({ length: 100 }, (_, i) => at(`nobody${i}`, 1)).join('');
  const folder = await project({ 'spine.ndjson': empty + at('s1', 1) });
  const { code, out } = await compared(folder, '--spine', `${folder}/spine.ndjson`);
  expect(out).toMatch(/^PROVEN/);
  expect(out).not.toContain(reason);
  expect(code).toBe(0);
});

test('a log of answers about nothing', async () => {
  const folder = await project();
  const answer = { feature: 'viewers', version: 'deadbeefdeadbeef', stream_id: 's1', as_of: '2026-01-08T12:00:00', views: '0', paid: null };
  const spine = `${folder}/spine.ndjson`;
  await writeFile(spine, at('s1', 8));
  const { out } = await lockstep('query', 'viewers', '--project', folder, '--events', `${folder}/events`, '--spine', spine);
  const log = `${folder}/log.ndjson`;
  await writeFile(log, `${JSON.stringify({ ...answer, ...JSON.parse(out) })}\n`);
  const served = await compared(folder, '--mode', 'served', '--served-log', log);
  expect(served.out).toMatch(/^UNDECIDED/);
  expect(served.out).toContain(reason);
  expect(served.code).toBe(3);
});

test('a sample in which nothing happened', async () => {
  const folder = await project({ 'events/views.ndjson': event() });
  const { code, out } = await compared(folder, '--interval', '2026-02-01T00:00:00/2026-02-02T00:00:00');
  expect(out).toMatch(/^UNDECIDED/);
  expect(out).toContain(reason);
  expect(code).toBe(3);
});
