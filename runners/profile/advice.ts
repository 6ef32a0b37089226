/** What would help, as far as the numbers say it: a rule looks at a profile and speaks only where what it speaks of is most of the cost. */
import { durationText } from '../../compiler/duration-text.ts';
import { type Stage, stages } from './engine-profile.ts';
import { decimals, milliseconds, percent } from './numbers.ts';
import type { BatchProfile, Profile, SourceRead } from './profile.ts';

export interface Advice {
  readonly rule: string;
  readonly text: string;
}

interface Seen {
  readonly profile: Profile;
  /** One entity in a request, and the most that were asked at once. */
  readonly one: BatchProfile;
  readonly many: BatchProfile | null;
}

/** Given all, and each source beside its rows in the largest request. */
type Rule = (seen: Seen, source: SourceRead, together: SourceRead | null) => string | null;

const most = 0.5;
/** Rows are spoken of where going through them takes at least so much of the time. */
const much = 0.25;
/** DuckDB leaves out rows by groups of so many, where no time in a group lies inside the window. */
const rowGroup = 122_880;

const ofSource: Readonly<Record<string, Rule>> = {
  'rows-of-others': ({ one, many }, { name, byEntity, scanned, inWindow, needed }, together) => {
    const others = inWindow - needed;
    if (!byEntity || !isDear(one, ['scan']) || scanned < inWindow || others / scanned < most) return null;
    return `${timeOf(one, ['scan'], 'scanning')}, and ${percent(others, scanned)} of the ${decimals(scanned)} rows of \`${name}\` that are scanned for one entity belong to other entities${shared(many, together)}`;
  },
  'rows-of-everyone': ({ one, many }, { name, byEntity, scanned }, together) => {
    if (byEntity || !isDear(one, onRows) || !isMostScanned(one, scanned)) return null;
    return `${timeOf(one, onRows, 'working on rows')}, and the feature needs those of all entities in \`${name}\`, ${decimals(scanned)} for each request (lockstep explain says why)${shared(many, together)}`;
  },
  'rows-out-of-order': ({ one }, { name, kind, scans, scanned, inWindow }) => {
    const least = (Math.ceil(inWindow / rowGroup) + 1) * rowGroup * scans;
    if (kind !== 'stream' || !isDear(one, ['scan']) || scanned <= least || (scanned - inWindow) / scanned < most) return null;
    return `${timeOf(one, ['scan'], 'scanning')}, and ${percent(scanned - inWindow, scanned)} of the ${decimals(scanned)} scanned rows of \`${name}\` lie outside of the window: stored in the order of time, ${decimals(least)} at most would be scanned`;
  },
  'long-window': ({ one }, { name, kind, lookback, scanned, inWindow }) => {
    if (kind !== 'stream' || lookback === null || !isDear(one, ['scan']) || !isMostScanned(one, scanned) || inWindow / scanned < most)
      return null;
    return `${timeOf(one, ['scan'], 'scanning')}, and the window of ${durationText(BigInt(lookback))} on \`${name}\` holds ${decimals(inWindow)} of the ${decimals(scanned)} rows: a shorter one reads fewer`;
  },
  'all-of-history': ({ one }, { name, kind, lookback, scanned }) => {
    if (kind !== 'stream' || lookback !== null || !isDear(one, onRows) || !isMostScanned(one, scanned)) return null;
    return `${timeOf(one, onRows, 'working on rows')}, and \`${name}\` is read from its beginning, ${decimals(scanned)} rows today, and more with each event: a bound of its event time ends that`;
  },
  'scanned-again': ({ profile, one }, { name, kind, scans, scanned }) => {
    const stored = profile.data.sources.find((s) => s.name === name)?.rows ?? 0;
    if (kind !== 'stream' || scans < 2 || !isDear(one, ['scan']) || scanned <= stored) return null;
    return `${timeOf(one, ['scan'], 'scanning')}, and \`${name}\` is scanned ${scans} times in one request, ${decimals(scanned)} rows of the ${decimals(stored)} that are stored: one CTE with the widest window is scanned once`;
  },
};

const ofAll: Readonly<Record<string, (seen: Seen) => string | null>> = {
  planning: ({ one, many }) => {
    const share = one.stages.plan / total(one);
    if (share < most) return null;
    const together = many === null ? '' : `; with ${many.entities} entities in one request it is ${percent(many.stages.plan, total(many))}`;
    return `planning is ${percent(share, 1)} of the time of a request for one entity (${milliseconds(one.stages.plan)} of ${milliseconds(total(one))})${together}`;
  },
  'ask-together': ({ one, many }) => {
    if (many === null || many.p50 / many.entities > one.p50 * most) return null;
    return `${many.entities} entities in one request take ${milliseconds(many.p50)}, in ${many.entities} requests ${milliseconds(one.p50 * many.entities)}: ask for them together`;
  },
};

/** Of a lambda whose answers can be counted up from an entity's own events. */
export const countedUp: Advice = {
  rule: 'counted-up',
  text: '`lockstep serve` counts this feature up from events in memory, in microseconds and without a query, as far as its --memory reaches: these are the times where it does not',
};

export function adviceOn(profile: Profile): readonly Advice[] {
  const [one] = profile.batches;
  if (one === undefined) return [];
  const last = profile.batches.at(-1);
  const many = last === undefined || last === one ? null : last;
  const seen = { profile, one, many };
  return [
    ...one.sources.flatMap((source) =>
      Object.entries(ofSource).map(([rule, say]) => ({
        rule,
        text: say(seen, source, many?.sources.find((s) => s.name === source.name) ?? null),
      })),
    ),
    ...Object.entries(ofAll).map(([rule, say]) => ({ rule, text: say(seen) })),
  ].flatMap(({ rule, text }) => (text === null ? [] : [{ rule, text }]));
}

export const total = (batch: BatchProfile): number => stages.reduce((sum, stage) => sum + batch.stages[stage], 0);

const onRows: readonly Stage[] = ['scan', 'join', 'aggregate', 'window'];
const spent = (one: BatchProfile, of: readonly Stage[]): number => of.reduce((sum, stage) => sum + one.stages[stage], 0);
const isDear = (one: BatchProfile, of: readonly Stage[]): boolean => spent(one, of) / total(one) >= much;
const timeOf = (one: BatchProfile, of: readonly Stage[], what: string): string =>
  `${what} is ${percent(spent(one, of), total(one))} of the time`;

const isMostScanned = (one: BatchProfile, scanned: number): boolean =>
  scanned > 0 && scanned / one.sources.reduce((sum, s) => sum + s.scanned, 0) >= most;

/** Said only where a larger request was seen to scan less for each. */
function shared(many: BatchProfile | null, together: SourceRead | null): string {
  if (many === null || together === null) return '';
  return `; a request for ${many.entities} scans ${decimals(together.scanned)}, ${decimals(Math.ceil(together.scanned / many.entities))} for each`;
}
