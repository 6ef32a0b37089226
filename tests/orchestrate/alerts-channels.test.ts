/** What arrives: at Slack, at a webhook, in a mailbox, beside text written by hand, and within what Slack documents. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Alerts } from '../../compiler/authoring/alerts.ts';
import type { Alert } from '../../runners/orchestrate/alerts/alerts.ts';
import { openChannels } from '../../runners/orchestrate/alerts/channels.ts';
import type { Member } from '../../runners/orchestrate/alerts/groups.ts';
import { green, night, red, undecided } from './alert-nights.ts';
import { configOf, environment, type Mail, partsOf, post, toldProject, web } from './alert-servers.ts';

const facts =
  'VIOLATED, 12 points from 2026-01-01 01:00:00 to 2026-01-01 03:00:00 UTC, rows of views. The real-time side gave other values than batch at 12 of 500 points, and late arrival does not explain it. At most 1.3 % of (entity, as_of) pairs mismatch, at 95 % confidence.';
const why = "Data: single events are on one side only. The feature's SQL is fine; look at the producer or the connector of the source.";
const back =
  '`lockstep backfill --target TARGET --since INSTANT --source views`, while the server is stopped, loads what the warehouse has and the stream lost: from as long before 2026-01-01T01:00:00.000000 as the feature looks back.';
const footer = 'project market, owner R&D, since 2026-01-01 02:00:00 UTC';

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

test('Slack: red, red elsewhere too, and green again', async () => {
  const slack = await web();
  environment({ TEST_SLACK: `${slack.url}/services/T0/B0/HUNTER2` });
  const { add, alert } = await toldProject(configOf('slack'), { viewers: 'R&D', sellers: 'R&D' });
  await add(night(1, [red('viewers', 'lost'), green('sellers')]));
  await alert('--report', 'https://ci.example.com/?run=1&x=<2>|3');
  await add(night(2, [red('sellers', 'lost')]));
  await alert();
  await add(night(3, [green('sellers'), green('viewers')]));
  await alert();
  expect(slack.requests.map(({ method, path, headers }) => [method, path, headers['content-type']])).toEqual(
    Array(3).fill(['POST', '/services/T0/B0/HUNTER2', 'application/json; charset=utf-8']),
  );
  const [opened, changed, resolved] = slack.requests.map(({ body }) => JSON.parse(body));
  expect(opened).toEqual({
    text: 'VIOLATED: lost, 1 feature of R&amp;D',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'VIOLATED: lost, 1 feature of R&D' } },
      section(why),
      section(`*Features*\n• \`viewers (replay)\`: ${facts}`),
      section(`*The way back*\n• ${back}`),
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: `${footer.replace('&', '&amp;')} · <https://ci.example.com/?run=1&amp;x=%3C2%3E%7C3|report>` }],
      },
    ],
  });
  expect(changed).toEqual({
    text: 'Changed: lost, now 2 features of R&amp;D',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'Changed: lost, now 2 features of R&D' } },
      section(why),
      section(`*Features*\n• \`sellers (replay)\`: ${facts}\n• \`viewers (replay)\`: ${facts}`),
      section('*What is other than before*\n• `sellers (replay)`: new here'),
      section(`*The way back*\n• ${back}`),
      { type: 'context', elements: [{ type: 'mrkdwn', text: footer.replace('&', '&amp;') }] },
    ],
  });
  expect(resolved).toEqual({
    text: 'Resolved: lost, 2 features of R&amp;D',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'Resolved: lost, 2 features of R&D' } },
      section('*What is other than before*\n• `sellers (replay)`: PROVEN\n• `viewers (replay)`: PROVEN'),
      { type: 'context', elements: [{ type: 'mrkdwn', text: footer.replace('&', '&amp;') }] },
    ],
  });
});

test('a webhook: all of it, with its header', async () => {
  const hook = await web();
  environment({ TEST_HOOK: `${hook.url}/in?key=HUNTER2`, TEST_BEARER: 'Bearer HUNTER3' });
  const { add, alert } = await toldProject(configOf('webhook'), { viewers: 'feed', sellers: null });
  await add(night(1, [red('viewers', 'lost'), undecided('sellers')]));
  await alert('--report', 'https://ci.example.com/');
  await add(night(2, [red('sellers', 'boundary')]));
  await alert();
  expect(hook.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual(
    Array(4).fill(['/in?key=HUNTER2', 'Bearer HUNTER3']),
  );
  const [lost, first, boundary, second] = hook.requests.map(({ body }) => JSON.parse(body));
  expect(lost).toEqual({
    formatVersion: 1,
    event: 'opened',
    group: 'lost/feed',
    title: 'VIOLATED: lost, 1 feature of feed',
    project: 'market',
    owner: 'feed',
    cause: 'lost',
    urgency: 'high',
    since: '2026-01-01T02:00:00.000000',
    features: [
      {
        feature: 'viewers',
        mode: 'replay',
        verdict: 'VIOLATED',
        points: 12,
        from: '2026-01-01T01:00:00.000000',
        to: '2026-01-01T03:00:00.000000',
        sources: ['views'],
        meaning: facts.slice(facts.indexOf('The real-time')),
        why,
        wayBack: `- ${back}`,
        run: '20260101T020000Z-aaaaaa',
        startedAt: '2026-01-01T02:00:00.000000',
      },
    ],
    joined: [{ feature: 'viewers', mode: 'replay' }],
    left: [],
    newSources: ['views'],
    report: 'https://ci.example.com/',
  });
  const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
  expect(JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '')).toEqual(lost);
  expect(first).toMatchObject({ event: 'opened', group: 'undecided/nobody', cause: 'undecided', owner: 'nobody', urgency: 'low' });
  expect(boundary).toMatchObject({ event: 'opened', group: 'boundary/nobody', urgency: 'high', report: null });
  expect(second).toMatchObject({
    ...{ event: 'resolved', group: 'undecided/nobody', title: 'Over: undecided, 1 feature of nobody', features: [] },
    left: [{ feature: 'sellers', mode: 'replay', because: 'violated' }],
  });
});

test('e-mail: plain text and HTML, to all, signed in', async () => {
  const server = await post('pa ss');
  environment({ TEST_SMTP: `smtp://lockstep:pa%20ss@127.0.0.1:${server.port}` });
  const { add, alert } = await toldProject(configOf('email'), { viewers: 'R&D' });
  await add(night(1, [red('viewers', 'lost')]));
  await alert('--report', 'https://ci.example.com/?a=1&b=2');
  const [mail] = server.mails;
  expect(server.mails).toHaveLength(1);
  expect({ ...mail, raw: '' }).toEqual({
    from: 'lockstep@example.com',
    to: ['data@example.com', 'feed@example.com'],
    user: 'lockstep',
    raw: '',
  });
  expect(partsOf((mail as Mail).raw)).toEqual({
    subject: '[lockstep] VIOLATED: lost, 1 feature of R&D',
    text: `${why}

Features
- viewers (replay): ${facts}

The way back
- ${back}

Report: https://ci.example.com/?a=1&b=2
${footer}
`,
    html: `<p>${why.replace("'", '&#39;')}</p>
<h3>Features</h3>
<ul>
<li>viewers (replay): ${facts}</li>
</ul>
<h3>The way back</h3>
<ul>
<li>${back.replace('`', '<code>').replace('`', '</code>')}</li>
</ul>
<p>Report: https://ci.example.com/?a=1&amp;b=2</p>
<p>project market, owner R&amp;D, since 2026-01-01 02:00:00 UTC</p>`,
  });
});

const all: Alerts = {
  slack: "{{ env_var('SLACK') }}",
  webhook: { url: "{{ env_var('HOOK') }}", headers: {} },
  email: { smtp: "{{ env_var('SMTP') }}", from: 'a@example.com', to: ['b@example.com'] },
};

const member = (feature: string, more: Partial<Member> = {}): Member => ({
  feature,
  mode: 'replay',
  verdict: 'VIOLATED',
  points: 1,
  from: '2026-01-01T01:00:00.000000',
  to: '2026-01-01T03:00:00.000000',
  sources: ['views'],
  meaning: 'It differs.',
  why: 'Because.',
  wayBack: `- \`lockstep lambda deploy ${feature}\` helps.`,
  run: 'r',
  startedAt: '2026-01-01T02:00:00.000000',
  ...more,
});

const opened = (owner: string, members: readonly Member[], more: Partial<Alert> = {}): Alert => ({
  ...{ kind: 'opened', id: `lost/${owner}`, owner, cause: 'lost', since: '2026-01-01T02:00:00.000000', members },
  ...{ joined: [], left: [], newSources: [] },
  ...more,
});

interface Arrived {
  readonly slack: { readonly text: string; readonly blocks: readonly SlackBlock[] };
  readonly hook: { readonly owner: string; readonly features: readonly Member[] };
  readonly mail: ReturnType<typeof partsOf>;
  readonly raw: string;
}

interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly elements?: readonly { readonly type: string; readonly text: string }[];
}

async function arrived(alert: Alert): Promise<Arrived> {
  const [slack, hook, smtp] = [await web(), await web(), await post()];
  const variables = { SLACK: slack.url, HOOK: hook.url, SMTP: `smtp://127.0.0.1:${smtp.port}` };
  for (const channel of openChannels(all, variables))
    expect([channel.name, await channel.send(alert, { project: null, report: null })]).toEqual([
      channel.name,
      { kind: 'delivered', warning: null },
    ]);
  const raw = smtp.mails[0]?.raw ?? '';
  return { slack: JSON.parse(slack.requests[0]?.body ?? ''), hook: JSON.parse(hook.requests[0]?.body ?? ''), mail: partsOf(raw), raw };
}

/** https://docs.slack.dev/reference/block-kit/blocks: header, section and context blocks; 40,000 characters of text. */
function requireWithinLimits({ text, blocks }: Arrived['slack']): void {
  expect(text.length).toBeLessThanOrEqual(40_000);
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    const texts = [...(block.text === undefined ? [] : [block.text]), ...(block.elements ?? [])];
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.length).toBeLessThanOrEqual(10);
    for (const one of texts) {
      expect(one.text.length).toBeGreaterThan(0);
      expect(one.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
      // No half of a letter.
      expect(one.text).not.toMatch(/\p{Cs}/u);
      expect(one.type).toBe(block.type === 'header' ? 'plain_text' : 'mrkdwn');
      // Nobody is called, and nothing is linked.
      if (one.type === 'mrkdwn') expect(one.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }
  }
}

const hostile = [
  '<b>bold</b>',
  '<!channel> *all* _of_ ~you~ `run`',
  'a\r\nBcc: everybody@example.com\r\n\r\nbody',
  '<https://evil.example|click>',
  `</p><script>alert("1")</script>&amp;'`,
  '\u202egnp.exe \u0000\u2028 \ud800',
  '{{ 7 * 7 }} $1 %s =?utf-8?q?=41?=',
  'x'.repeat(10_000),
  '&'.repeat(10_000),
  '👍'.repeat(5_000),
  '',
];

test.each(hostile.map((name) => [name.slice(0, 40), name]))('names that want to be more: %j', async (_, name) => {
  const members = [member(name, { sources: [name], meaning: name }), member('viewers')];
  const news: Partial<Alert> = { kind: 'changed', cause: name as never, joined: [{ feature: name, mode: 'replay' }], newSources: [name] };
  const { slack, hook, mail, raw } = await arrived(opened(name, members, news));
  requireWithinLimits(slack);
  expect(slack.blocks[0]?.text?.text).not.toMatch(/[\r\n\u0000-\u001f\u2028\u202e]/);
  // Whole for programs; a lone surrogate is none in UTF-8.
  const whole = name.replaceAll('\ud800', '\ufffd');
  expect([hook.owner, hook.features[0]?.feature].map((text) => text?.replaceAll('\ud800', '\ufffd'))).toEqual([whole, whole]);
  expect(raw.split('\r\n\r\n')[0]?.match(/^(?:From|To|Cc|Bcc|Subject):/gim)).toEqual(['From:', 'To:', 'Subject:']);
  expect(mail.subject.length).toBeLessThanOrEqual(200);
  // Of all tags only ours.
  expect(mail.html.replaceAll(/<\/?(?:p|h3|ul|li|code)>/g, '')).not.toMatch(/[<>"]/);
  expect(mail.text.split('\n').filter((line) => /^Bcc:|^body/.test(line))).toEqual([]);
  expect(mail.text).not.toMatch(/[\u202e\u2028\u0000]/);
  expect(mail.text.length).toBeLessThan(10_000);
});

test('hundreds of features: as many as there is room for, and how many more', async () => {
  const members = Array.from({ length: 300 }, (_, i) => member(`feature_${i}`));
  const left = members.map(({ feature }) => ({ feature: `${feature}_gone`, mode: 'replay' as const, because: 'proven' as const }));
  const { slack, hook, mail } = await arrived(opened('feed', members, { kind: 'changed', left }));
  requireWithinLimits(slack);
  const features = slack.blocks.find((b) => b.text?.text.startsWith('*Features*'))?.text?.text.split('\n') ?? [];
  const shown = features.slice(1, -1);
  expect(shown.map((line) => /`(\w+) /.exec(line)?.[1])).toEqual(members.slice(0, shown.length).map((m) => m.feature));
  expect(shown.length).toBeGreaterThan(10);
  expect(features.at(-1)).toBe(`… and ${300 - shown.length} more`);
  expect(hook.features.map((f) => f.feature)).toEqual(members.map((m) => m.feature));
  expect(mail.text).toContain('- feature_199 (replay)');
  expect(mail.text).toContain('- … and 100 more');
});

test('lists of whatever length stay within the limits of Slack', async () => {
  const slack = await web();
  const [channel] = openChannels({ ...all, webhook: null, email: null }, { SLACK: slack.url });
  for (let length = 1; length <= 80; length++) {
    const members = Array.from({ length: 40 }, (_, i) => member(`f${i}`.padEnd(length, 'x')));
    await channel?.send(opened('feed', members), { project: null, report: null });
  }
  expect(slack.requests).toHaveLength(80);
  for (const { body } of slack.requests) requireWithinLimits(JSON.parse(body));
});
