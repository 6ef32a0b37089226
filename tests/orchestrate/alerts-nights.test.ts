/** What is told, night by night: what opens, what changes, what is over, and that nothing else is said. */
import { expect, test } from 'vitest';
import type { NotCompared, ReportedRun } from '../../runners/history/run.ts';
import { type Alert, alertsOf, type ChannelState, idOf, settled, toldNothing } from '../../runners/orchestrate/alerts/alerts.ts';
import { groupsOf, type Owned } from '../../runners/orchestrate/alerts/groups.ts';
import { standingOf } from '../../runners/orchestrate/alerts/standing.ts';
import { messageOf } from '../../runners/orchestrate/alerts/words.ts';
import type { FeatureReport } from '../../runners/parity/report.ts';
import { failure, green, incident, night, red, undecided } from './alert-nights.ts';

const feed: readonly Owned[] = ['a', 'b', 'c'].map((feature) => ({ feature, owner: 'feed' }));

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** `opened lost/feed: a b; joined a b; left` */
const short = ({ kind, id, members, joined, left }: Alert): string =>
  [
    `${kind} ${id}: ${members.map((m) => m.feature).join(' ')}`,
    ...(joined.length === 0 ? [] : [`joined ${joined.map((j) => j.feature).join(' ')}`]),
    ...(left.length === 0 ? [] : [`left ${left.map((l) => `${l.feature} ${l.because}`).join(' ')}`]),
  ].join('; ');

/** All that is told, when `alert` runs after each run of parity; what it keeps goes through JSON. */
function told(
  runs: readonly ReportedRun[],
  owners: readonly Owned[] | ((n: number) => readonly Owned[]) = feed,
): readonly (readonly string[])[] {
  let state: ChannelState = toldNothing;
  return runs.map((_, i) => {
    const standing = json(standingOf(json(runs.slice(0, i + 1))));
    const { send, stateAfter } = json(alertsOf(json(groupsOf(standing, typeof owners === 'function' ? owners(i) : owners)), state));
    state = stateAfter;
    return send.map(short);
  });
}

const nights = (...features: readonly (readonly (FeatureReport | NotCompared)[])[]): readonly ReportedRun[] =>
  features.map((f, i) => night(i + 1, f));

test('red, the same, more red, other cause, green', () => {
  expect(
    told(
      nights(
        [red('a', 'lost'), green('b')],
        [red('a', 'lost'), green('b')],
        [red('a', 'lost'), red('b', 'lost')],
        [red('a', 'boundary'), red('b', 'lost')],
        [green('a'), green('b')],
        [green('a'), green('b')],
      ),
    ),
  ).toEqual([
    ['opened lost/feed: a; joined a'],
    [],
    ['changed lost/feed: a b; joined b'],
    // That nobody found it of `a` this time is no proof.
    ['opened boundary/feed: a; joined a'],
    ['resolved boundary/feed: ; left a proven', 'resolved lost/feed: ; left a proven b proven'],
    [],
  ]);
});

test('one of two is proven: the group has changed; it is over with the last', () => {
  expect(told(nights([red('a', 'lost'), red('b', 'lost')], [green('a'), red('b', 'lost')], [green('b')]))).toEqual([
    ['opened lost/feed: a b; joined a b'],
    ['changed lost/feed: b; left a proven'],
    ['resolved lost/feed: ; left b proven'],
  ]);
});

test('a night is about its day: what was wrong on another is over when that day is proven, or all, or another version', () => {
  const of = (from: number, to: number) => ({ interval: `2026-01-0${from}T00:00:00/2026-01-0${to}T00:00:00` });
  const found = [night(1, [red('a', 'lost')], of(1, 2)), night(2, [green('a')], of(2, 3))];
  const opened = ['opened lost/feed: a; joined a'];
  const over = ['resolved lost/feed: ; left a proven'];
  expect(told([...found, night(3, [green('a')], of(1, 2))])).toEqual([opened, [], over]);
  expect(told([...found, night(3, [green('a')], of(1, 4))])).toEqual([opened, [], over]);
  expect(told([...found, night(3, [green('a')])])).toEqual([opened, [], over]);
  expect(told([...found, night(3, [{ ...green('a'), version: 'next' }], of(3, 4))])).toEqual([opened, [], over]);
  expect(told([night(1, [red('a', 'lost')]), night(2, [green('a')], of(2, 3))])).toEqual([opened, []]);
  // Half of the day is not the day.
  for (const half of ['2026-01-01T00:00:00/2026-01-01T12:00:00', '2026-01-01T12:00:00/2026-01-02T00:00:00'])
    expect(told([...found, night(3, [green('a')], { interval: half })])).toEqual([opened, [], []]);
  // Wrong twice: the earlier is told on when the later is over.
  const twice = [...found.slice(0, 1), night(2, [red('a', 'boundary')], of(2, 3)), night(3, [green('a')], of(2, 3))];
  expect(told([...twice, night(4, [green('a')], of(1, 2))])).toEqual([
    opened,
    ['opened boundary/feed: a; joined a'],
    [],
    ['resolved boundary/feed: ; left a proven', ...over],
  ]);
});

test('a later end and more points are not told again; a source that was not named before is, once', () => {
  const later = incident('lost', { to: '2026-01-09T00:00:00.000000', points: 9999, entities: 99 });
  const other = incident('lost', { sources: ['sellers'] });
  const runs = nights([red('a', 'lost')], [red('a', later)], [red('a', other)], [red('a', 'lost')], [red('a', other)]);
  expect(told(runs)).toEqual([['opened lost/feed: a; joined a'], [], ['changed lost/feed: a'], [], []]);
});

test('what nobody asked, what is undecided, and what has another cause is not over', () => {
  expect(told(nights([red('a', 'lost')], [green('b')], [undecided('a')], [red('a', 'rounding')], [undecided('a')], [green('a')]))).toEqual([
    ['opened lost/feed: a; joined a'],
    [],
    [],
    ['opened rounding/feed: a; joined a'],
    [],
    ['resolved lost/feed: ; left a proven', 'resolved rounding/feed: ; left a proven'],
  ]);
});

test('UNDECIDED is a group of its own, behind what is red; red, it is told there', () => {
  expect(
    told(nights([undecided('a'), undecided('b'), red('c', 'version_skew')], [undecided('a'), red('b', 'lost')], [red('a', 'lost')])),
  ).toEqual([
    ['opened version_skew/feed: c; joined c', 'opened undecided/feed: a b; joined a b'],
    ['opened lost/feed: b; joined b', 'changed undecided/feed: a; left b violated'],
    ['changed lost/feed: a b; joined a', 'resolved undecided/feed: ; left a violated'],
  ]);
});

test('the night after: an alert that runs for the first time when the newest verdict is UNDECIDED', () => {
  const runs = nights([red('a', 'lost')], [undecided('a')]);
  expect(alertsOf(groupsOf(standingOf(runs), feed), toldNothing).send.map(short)).toEqual(['opened lost/feed: a; joined a']);
  const proven = nights([red('a', 'lost')], [green('a')], [undecided('a')]);
  expect(alertsOf(groupsOf(standingOf(proven), feed), toldNothing).send.map(short)).toEqual(['opened undecided/feed: a; joined a']);
});

test('a proof of chosen points, or of a form that was written by hand, ends nothing that the whole showed', () => {
  const spine = { spine: 'labels.csv' };
  const whole = [night(1, [red('a', 'lost')]), night(2, [green('a')], spine), night(3, [undecided('a')]), night(4, [green('a')])];
  expect(told(whole)).toEqual([['opened lost/feed: a; joined a'], [], [], ['resolved lost/feed: ; left a proven']]);
  const foreign = [night(1, [red('a', 'lost')]), night(2, [{ ...green('a'), lambda: 'foreign' }])];
  expect(told(foreign)).toEqual([['opened lost/feed: a; joined a'], []]);
  const table = [night(1, [red('a', 'lost')]), night(2, [{ ...green('a'), batchVersion: 'foreign:012345678901' }])];
  expect(told(table)).toEqual([['opened lost/feed: a; joined a'], []]);
  const chosen = [night(1, [red('a', 'lost')], spine), night(2, [green('a')], spine)];
  expect(told(chosen)).toEqual([['opened lost/feed: a; joined a'], ['resolved lost/feed: ; left a proven']]);
});

test('each mode has its own verdict', () => {
  const logic = (report: FeatureReport): FeatureReport => ({ ...report, mode: 'logic' });
  const runs = nights([red('a', 'boundary'), logic(red('a', 'boundary'))], [logic(green('a'))], [green('a')]);
  expect(told(runs)).toEqual([
    ['opened boundary/feed: a a; joined a a'],
    ['changed boundary/feed: a; left a proven'],
    ['resolved boundary/feed: ; left a proven'],
  ]);
});

test('a proof that is older than what was told ends nothing', () => {
  const before = alertsOf(groupsOf(standingOf([night(5, [red('a', 'lost')])]), feed), toldNothing).stateAfter;
  expect(alertsOf(groupsOf(standingOf([night(4, [green('a')])]), feed), before)).toEqual({ send: [], stateAfter: before });
  expect(alertsOf(groupsOf(standingOf([night(6, [green('a')])]), feed), before).send.map(short)).toEqual([
    'resolved lost/feed: ; left a proven',
  ]);
});

test('a feature that is no longer in the project is said to be so, once; one whose file cannot be read stays', () => {
  const runs = nights([red('a', 'lost')], [red('a', 'lost')], [red('a', 'lost')]);
  expect(told(runs, (n) => (n === 0 ? feed : []))).toEqual([
    ['opened lost/feed: a; joined a'],
    ['resolved lost/feed: ; left a removed'],
    [],
  ]);
  const spoilt: readonly Owned[] = [{ feature: 'a', owner: null }];
  expect(told(runs, (n) => (n === 1 ? spoilt : feed))).toEqual([['opened lost/feed: a; joined a'], [], []]);
});

test('a group for each owner and cause; another owner is told, and the one before hears that it is no longer theirs', () => {
  const of = (owner: string): readonly Owned[] => [
    { feature: 'a', owner },
    { feature: 'b', owner: 'feed' },
    { feature: 'c', owner: 'nobody' },
  ];
  const same = [red('a', 'lost', 'late'), red('b', 'lost'), red('c', 'lost')];
  expect(told(nights(same, same), (n) => of(n === 0 ? 'feed' : 'search'))).toEqual([
    ['opened late/feed: a; joined a', 'opened lost/feed: a b; joined a b', 'opened lost/nobody: c; joined c'],
    [
      'opened late/search: a; joined a',
      'opened lost/search: a; joined a',
      'changed lost/feed: b; left a owner',
      'resolved late/feed: ; left a owner',
    ],
  ]);
});

test('what did not arrive is told again, what arrived is not', () => {
  const [first, second] = [
    nights([red('a', 'lost'), red('b', 'boundary')]),
    nights([red('a', 'lost'), red('b', 'boundary')], [green('b')]),
  ];
  const { send, stateAfter } = alertsOf(groupsOf(standingOf(first), feed), toldNothing);
  expect(send.map(short)).toEqual(['opened boundary/feed: b; joined b', 'opened lost/feed: a; joined a']);
  const half = settled(toldNothing, stateAfter, new Set(['lost/feed']));
  expect(half.told.map(idOf)).toEqual(['boundary/feed']);
  const next = alertsOf(groupsOf(standingOf(second), feed), half);
  expect(next.send.map(short)).toEqual(['opened lost/feed: a; joined a', 'resolved boundary/feed: ; left b proven']);
  expect(settled(half, next.stateAfter, new Set()).told.map(idOf)).toEqual(['lost/feed']);
  const none = settled(half, next.stateAfter, new Set(['lost/feed', 'boundary/feed']));
  expect(alertsOf(groupsOf(standingOf(second), feed), none).send.map(short)).toEqual(next.send.map(short));
});

test('what lateness explains alerts nobody; so much of it that the verdict is red does', () => {
  const late = incident('late', { explained: true, points: 400 });
  const causes = (report: FeatureReport) => groupsOf(standingOf(nights([report])), feed).groups.map((g) => [g.cause, g.members[0]?.points]);
  expect(causes(red('a', late, 'lost'))).toEqual([['lost', 12]]);
  expect(causes(red('a', late))).toEqual([['late', 400]]);
  expect(causes({ ...red('a', late), verdict: 'PROVEN' })).toEqual([]);
});

test('a red verdict without points has its cause, too', () => {
  const bare: FeatureReport = { ...green('a'), verdict: 'VIOLATED' };
  const causes = (more: Partial<FeatureReport>) => groupsOf(standingOf(nights([{ ...bare, ...more }])), feed).groups.map((g) => g.cause);
  expect(causes({ lambda: 'tampered' })).toEqual(['tampered_artifact']);
  expect(causes({ lambda: 'other version' })).toEqual(['version_skew']);
  expect(causes({ referenceMismatches: 3 })).toEqual(['reference']);
  expect(causes({})).toEqual(['unknown']);
});

test('interval, points and sources are those of the cause', () => {
  const early = incident('lost', { from: '2026-01-01T00:00:00.000000', to: '2026-01-01T00:30:00.000000', points: 3, sources: ['chats'] });
  const explained = incident('lost', { from: '2025-01-01T00:00:00.000000', explained: true, points: 7 });
  const [boundary, lost] = groupsOf(standingOf(nights([red('a', early, 'lost', explained, 'boundary')])), feed).groups;
  expect(lost?.members[0]).toMatchObject({
    ...{
      verdict: 'VIOLATED',
      points: 15,
      from: '2026-01-01T00:00:00.000000',
      to: '2026-01-01T03:00:00.000000',
      sources: ['chats', 'views'],
    },
    ...{ run: '20260101T020000Z-aaaaaa', startedAt: '2026-01-01T02:00:00.000000' },
  });
  expect(lost?.members[0]?.wayBack).toMatch(
    /^- `lockstep backfill --target TARGET --since INSTANT --source chats views`.* before 2026-01-01T00:00:00.000000 as/,
  );
  expect(boundary?.members[0]?.wayBack).toMatch(/^- `lockstep lambda roll-back a production --to-proven/);
});

test('a feature that cannot be compared is told once, and over with its next verdict, whichever that is', () => {
  expect(
    told(
      nights(
        [green('a'), failure('b')],
        [failure('a'), failure('b')],
        [failure('a', 'the target prod is away'), failure('b')],
        [green('c')],
        [green('a'), red('b', 'lost')],
        [green('a'), green('b')],
      ),
    ),
  ).toEqual([
    ['opened not compared/feed: b; joined b'],
    ['changed not compared/feed: a b; joined a'],
    [],
    // That nobody asked is no verdict.
    [],
    ['opened lost/feed: b; joined b', 'resolved not compared/feed: ; left a compared b compared'],
    ['resolved lost/feed: ; left b proven'],
  ]);
});

test('a failure takes back nothing that was told, and a verdict of another mode does not end it', () => {
  const logic = (report: FeatureReport): FeatureReport => ({ ...report, mode: 'logic' });
  expect(
    told(nights([red('a', 'lost'), undecided('b')], [failure('a'), failure('b')], [logic(green('a')), undecided('b')], [green('a')])),
  ).toEqual([
    ['opened lost/feed: a; joined a', 'opened undecided/feed: b; joined b'],
    ['opened not compared/feed: a b; joined a b'],
    ['changed not compared/feed: a; left b compared'],
    ['resolved lost/feed: ; left a proven', 'resolved not compared/feed: ; left a compared'],
  ]);
});

test('the night after: an alert that runs for the first time when the newest verdict is of another mode, or a failure', () => {
  const logic: FeatureReport = { ...green('a'), mode: 'logic' };
  const opened = (...of: readonly (readonly (FeatureReport | NotCompared)[])[]) =>
    alertsOf(groupsOf(standingOf(nights(...of)), feed), toldNothing).send.map(short);
  expect(opened([failure('a')], [logic])).toEqual(['opened not compared/feed: a; joined a']);
  expect(opened([green('a')], [failure('a')])).toEqual(['opened not compared/feed: a; joined a']);
  expect(opened([failure('a')], [green('a')])).toEqual([]);
});

test('an UNDECIDED after a VIOLATED ends it, too, although the VIOLATED stands', () => {
  expect(told(nights([red('a', 'lost')], [failure('a')], [undecided('a')]))).toEqual([
    ['opened lost/feed: a; joined a'],
    ['opened not compared/feed: a; joined a'],
    ['resolved not compared/feed: ; left a compared'],
  ]);
});

test('compared and failed again before anybody looked: nothing is new', () => {
  const runs = nights([failure('a')], [green('a')], [failure('a')]);
  const before = alertsOf(groupsOf(standingOf(runs.slice(0, 1)), feed), toldNothing).stateAfter;
  expect(alertsOf(groupsOf(standingOf(runs), feed), before).send).toEqual([]);
});

test('what could not be compared is urgent, and said without values, short', () => {
  const { send } = alertsOf(
    groupsOf(standingOf(nights([undecided('a'), failure('b', 'x'.repeat(900)), failure('gone')])), feed),
    toldNothing,
  );
  expect(send.map(short)).toEqual(['opened not compared/feed: b; joined b', 'opened undecided/feed: a; joined a']);
  expect(send[0]?.members).toEqual([
    {
      ...{ feature: 'b', mode: 'replay', verdict: 'NOT COMPARED', points: 0, from: null, to: null, sources: [] },
      meaning: `It could not be compared: ${'x'.repeat(299)}…`,
      why: 'There is no verdict: whether batch and real time agree is not known.',
      wayBack: '- `lockstep sources check --target TARGET` says which table or column is not as it is declared.',
      ...{ run: '20260101T020000Z-aaaaaa', startedAt: '2026-01-01T02:00:00.000000' },
    },
  ]);
  const about = { project: null, report: null };
  expect(send.map((alert) => messageOf(alert, about).title)).toEqual(['NOT COMPARED: 1 feature of feed', 'UNDECIDED: 1 feature of feed']);
  const over = alertsOf(groupsOf(standingOf(nights([failure('b')], [red('b', 'lost')])), feed), {
    told: [{ owner: 'feed', cause: 'not compared', members: send[0]?.members ?? [], since: '2026-01-01T02:00:00.000000', sources: [] }],
  });
  expect(over.send.map((alert) => messageOf(alert, about).title)).toEqual([
    'VIOLATED: lost, 1 feature of feed',
    'Resolved: not compared, 1 feature of feed',
  ]);
});
