/** What is told now, by what was told before: what is new, what has changed, what is over. Pure; all of it survives JSON. */
import { groupBy } from '../../reference/order.ts';
import { type AlertCause, byName, type FeatureMode, type Group, type Groups, type Member, nameOf } from './groups.ts';

/** What somebody was told of a group, and has not been told the end of. */
export interface Told extends Group {
  /** Of the run in which it was first found, UTC. */
  readonly since: string;
  /** Every source that was named. */
  readonly sources: readonly string[];
}

/** Of one channel: each hears of its own. */
export interface ChannelState {
  readonly told: readonly Told[];
}

export const toldNothing: ChannelState = { told: [] };

export interface Left extends FeatureMode {
  /**
   * `violated`: it was undecided and is red now, which another alert says; `compared`: it has a verdict again, whichever; `owner`: it has another one, who
   * is told.
   */
  readonly because: 'proven' | 'violated' | 'compared' | 'owner' | 'removed';
}

export interface Alert {
  readonly kind: 'opened' | 'changed' | 'resolved';
  /** The same from the first alert of a group to its last. */
  readonly id: string;
  readonly owner: string;
  readonly cause: AlertCause;
  readonly since: string;
  readonly members: readonly Member[];
  /** Since the last alert of this group. */
  readonly joined: readonly FeatureMode[];
  readonly left: readonly Left[];
  readonly newSources: readonly string[];
}

export interface Alerts {
  /** What is red before what is undecided. */
  readonly send: readonly Alert[];
  /** If all of these arrive. */
  readonly stateAfter: ChannelState;
}

export const idOf = ({ owner, cause }: Pick<Group, 'owner' | 'cause'>): string => `${cause}/${owner}`;

/**
 * Told again is what a person would want to hear again: other features, or a source that was not named before. More points and a later end are not.
 * Only a proof ends what was told of a feature; that nobody asked, and that it shows another cause as well, do not. That it was not compared ends with any
 * verdict.
 */
export function alertsOf(now: Groups, before: ChannelState): Alerts {
  const known = knownOf(now);
  const fates = before.told.flatMap((told) => told.members.map((member) => fateOf(member, told, known)));
  const groups = joinedGroups(now, fates);
  const leaving = groupBy(
    fates.flatMap((fate) => (fate.left === null ? [] : [{ id: fate.id, left: fate.left }])),
    ({ id }) => id,
  );
  const earlier = new Map(before.told.map((told) => [idOf(told), told]));
  const after = groups.map((group) => toldOf(group, earlier.get(idOf(group))));
  const current = new Map(after.map((told) => [idOf(told), told]));
  const alerts = [...new Set([...earlier.keys(), ...current.keys()])].flatMap((id) =>
    alertOf(
      id,
      earlier.get(id),
      current.get(id),
      (leaving.get(id) ?? []).map(({ left }) => left),
    ),
  );
  return { send: alerts.sort(mostUrgentFirst), stateAfter: { told: after } };
}

/** What was told when only some of the alerts have arrived. `missed`: ids of the others, of which is said again what was said now. */
export function settled(before: ChannelState, after: ChannelState, missed: ReadonlySet<string>): ChannelState {
  return { told: [...before.told.filter((told) => missed.has(idOf(told))), ...after.told.filter((told) => !missed.has(idOf(told)))] };
}

interface Fate {
  /** Of the group in which it was told. */
  readonly id: string;
  readonly left: Left | null;
  /** Where it is told from now on, if nothing newer is said of it. */
  readonly carried: { readonly owner: string; readonly cause: AlertCause; readonly member: Member } | null;
}

/** By feature, and by feature and mode. */
interface Known {
  readonly owners: ReadonlyMap<string, string | null>;
  /** When it was proven. */
  readonly proven: ReadonlyMap<string, string>;
  /** When it had a verdict. */
  readonly judged: ReadonlyMap<string, string>;
  readonly red: ReadonlySet<string>;
}

const knownOf = ({ groups, proven, judged, owners }: Groups): Known => ({
  owners: new Map(owners.map(({ feature, owner }) => [feature, owner])),
  proven: new Map(proven.map((p) => [nameOf(p), p.startedAt])),
  judged: new Map(judged.map((j) => [nameOf(j), j.startedAt])),
  red: new Set(groups.flatMap(({ members }) => members.filter(({ verdict }) => verdict === 'VIOLATED').map(nameOf))),
});

function fateOf(member: Member, told: Told, { owners, proven, judged, red }: Known): Fate {
  const { feature, mode } = member;
  const [id, name] = [idOf(told), nameOf(member)];
  const gone = (because: Left['because']): Fate => ({ id, left: { feature, mode, because }, carried: null });
  const ownerNow = owners.get(feature);
  if (ownerNow === undefined) return gone('removed');
  const [ends, because] = told.cause === 'not compared' ? ([judged, 'compared'] as const) : ([proven, 'proven'] as const);
  if ((ends.get(name) ?? '') > member.startedAt) return gone(because);
  if (told.cause === 'undecided' && red.has(name)) return gone('violated');
  const owner = ownerNow ?? told.owner;
  return {
    id,
    left: owner === told.owner ? null : { feature, mode, because: 'owner' },
    carried: { owner, cause: told.cause, member },
  };
}

/** What is found now, with what was told and is not over. */
function joinedGroups({ groups, owners }: Groups, fates: readonly Fate[]): readonly Group[] {
  const carried = fates.flatMap((fate) => (fate.carried === null ? [] : [fate.carried]));
  // Where a header cannot be read, the owner is who was told.
  const unread = new Set(owners.flatMap(({ feature, owner }) => (owner === null ? [feature] : [])));
  const ownerBefore = new Map(
    carried.flatMap(({ owner, member }) => (unread.has(member.feature) ? [[member.feature, owner] as const] : [])),
  );
  const found = groups.flatMap(({ owner, cause, members }) =>
    members.map((member) => ({ owner: ownerBefore.get(member.feature) ?? owner, cause, member })),
  );
  const inOrder = [...carried, ...found].sort((a, b) =>
    a.member.startedAt < b.member.startedAt ? -1 : Number(a.member.startedAt > b.member.startedAt),
  );
  const newest = new Map(inOrder.map((one) => [JSON.stringify([idOf(one), nameOf(one.member)]), one]));
  return [...groupBy(newest.values(), idOf).values()].flatMap((same) =>
    same.slice(0, 1).map(({ owner, cause }) => ({ owner, cause, members: same.map(({ member }) => member).sort(byName) })),
  );
}

function toldOf(group: Group, before: Told | undefined): Told {
  const since = group.members.map(({ startedAt }) => startedAt).sort()[0] ?? '';
  const sources = [...(before?.sources ?? []), ...group.members.flatMap((m) => m.sources)];
  return { ...group, since: before?.since ?? since, sources: [...new Set(sources)].sort() };
}

function alertOf(id: string, before: Told | undefined, now: Told | undefined, left: readonly Left[]): readonly Alert[] {
  const told = now ?? before;
  if (told === undefined) return [];
  const was = new Set(before?.members.map(nameOf));
  const joined = (now?.members ?? []).filter((m) => !was.has(nameOf(m))).map(({ feature, mode }) => ({ feature, mode }));
  const newSources = (now?.sources ?? []).filter((source) => before?.sources.includes(source) !== true);
  if (before !== undefined && now !== undefined && joined.length + left.length + newSources.length === 0) return [];
  return [
    {
      kind: before === undefined ? 'opened' : now === undefined ? 'resolved' : 'changed',
      id,
      owner: told.owner,
      cause: told.cause,
      since: told.since,
      members: now?.members ?? [],
      joined,
      left,
      newSources,
    },
  ];
}

const kinds: readonly Alert['kind'][] = ['opened', 'changed', 'resolved'];

function mostUrgentFirst(a: Alert, b: Alert): number {
  const rank = ({ kind, cause }: Alert): number => (kind === 'resolved' ? 4 : cause === 'undecided' ? 2 : 0) + kinds.indexOf(kind);
  return rank(a) - rank(b) || (a.id < b.id ? -1 : Number(a.id > b.id));
}
