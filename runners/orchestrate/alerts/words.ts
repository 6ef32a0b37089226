/** An alert in words, for channels that people read. Names in it are as they were written. Pure. */
import { counted } from '../../../compiler/counted.ts';
import type { Alert, Left } from './alerts.ts';
import { type AlertCause, type FeatureMode, type Member, nobody } from './groups.ts';
import { oneLine } from './shown.ts';

/** What all alerts of a run share. */
export interface About {
  readonly project: string | null;
  /** A page about the run. */
  readonly report: string | null;
}

export interface Line {
  readonly name: string;
  readonly text: string;
}

export interface Message {
  /** One line, 150 characters at most. */
  readonly title: string;
  /** Each a sentence or two. */
  readonly why: readonly string[];
  /** Those that it is about now. */
  readonly features: readonly Line[];
  /** What is other than before. */
  readonly news: readonly Line[];
  /** Commands, in backticks. */
  readonly wayBack: readonly string[];
  readonly footer: string;
  readonly report: string | null;
}

export function messageOf(alert: Alert, { project, report }: About): Message {
  const { cause, members, joined, left, newSources, kind } = alert;
  const tells = kind === 'changed' ? joined.map((of) => ({ name: nameText(of), text: 'new here' })) : [];
  const sources =
    kind === 'changed' ? newSources.map((name) => ({ name: oneLine(name, 100), text: 'a source that was not named before' })) : [];
  return {
    title: titleOf(alert),
    why: kind === 'resolved' ? [] : whyOf(cause, members),
    features: members.map((member) => ({ name: nameText(member), text: factsOf(member) })),
    news: [...tells, ...sources, ...left.map((of) => ({ name: nameText(of), text: leftText(of) }))],
    wayBack: [...new Set(members.flatMap((m) => m.wayBack.split('\n').map((line) => oneLine(line.replace(/^- /, ''), 600))))],
    footer: [
      ...(project === null ? [] : [`project ${oneLine(project, 100)}`]),
      `owner ${oneLine(alert.owner, 100)}`,
      `since ${instant(alert.since)} UTC`,
    ].join(', '),
    report,
  };
}

export function titleOf({ kind, cause, owner, members, left }: Pick<Alert, 'kind' | 'cause' | 'owner' | 'members' | 'left'>): string {
  const about = (of: readonly FeatureMode[]): string =>
    `${counted(new Set(of.map((m) => m.feature)).size, 'feature')} of ${oneLine(owner === '' ? nobody : owner, 60)}`;
  const why = oneLine(cause, 40);
  switch (kind) {
    case 'opened':
      if (cause === 'undecided') return `UNDECIDED: ${about(members)}`;
      return cause === 'not compared' ? `NOT COMPARED: ${about(members)}` : `VIOLATED: ${why}, ${about(members)}`;
    case 'changed':
      return `Changed: ${why}, now ${about(members)}`;
    case 'resolved':
      return left.every(({ because }) => because === 'proven' || because === 'compared')
        ? `Resolved: ${why}, ${about(left)}`
        : `Over: ${why}, ${about(left)}`;
  }
}

const reference =
  'Batch and real time agree with each other, and not with the definition: most often the table of the feature is out of date; compute it again, and if it stays, ask its owner.';

function whyOf(cause: AlertCause, members: readonly Member[]): readonly string[] {
  const why = cause === 'reference' ? [reference] : members.map((m) => m.why);
  return [...new Set(why)].filter((text) => text !== '');
}

const nameText = ({ feature, mode }: FeatureMode): string => `${oneLine(feature, 100)} (${mode})`;

function factsOf({ verdict, points, from, to, sources, meaning }: Member): string {
  const interval = from === null || to === null ? '' : ` from ${instant(from)} to ${instant(to)} UTC`;
  const rows = sources.length === 0 ? '' : `, rows of ${oneLine(sources.join(', '), 200)}`;
  return `${verdict}${points === 0 ? '' : `, ${counted(points, 'point')}${interval}${rows}`}. ${oneLine(meaning, 500)}`;
}

function leftText({ because }: Left): string {
  switch (because) {
    case 'proven':
      return 'PROVEN';
    case 'violated':
      return 'no longer undecided: VIOLATED, told apart';
    case 'compared':
      return 'compared again: it has a verdict';
    case 'owner':
      return 'has another owner, who is told';
    case 'removed':
      return 'no longer in the project, and not proven';
  }
}

const instant = (text: string): string => oneLine(text.replace('T', ' ').replace(/\.0+$/, ''), 40);
