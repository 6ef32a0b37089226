/** Any server that takes JSON: an alert whole, for programs. docs/alerts.md describes it. */
import type { Alerts } from '../../../compiler/authoring/alerts.ts';
import { UsageError } from '../../usage-error.ts';
import type { Alert } from './alerts.ts';
import type { Channel, Reveal } from './channel.ts';
import { addressOf, post } from './post.ts';
import { type About, titleOf } from './words.ts';

export function webhook({ webhook: texts }: Alerts, reveal: Reveal): Channel | null {
  if (texts === null) return null;
  const what = '`url` of `webhook` of `alerts`';
  const url = addressOf(reveal(texts.url, what), what);
  const headers = Object.fromEntries(Object.entries(texts.headers).map(([name, text]) => [name, headerValue(name, text, reveal)]));
  return { name: 'webhook', send: (alert, about) => post(url, JSON.stringify(webhookBody(alert, about)), headers, () => null) };
}

function headerValue(name: string, text: string, reveal: Reveal): string {
  const what = `the header \`${name}\` of \`webhook\` of \`alerts\``;
  const value = reveal(text, what);
  if (/[^\t\x20-\x7e]/.test(value))
    throw new UsageError(`${what} in lockstep.yml has letters that no header may have`, 'a line break, perhaps');
  return value;
}

/** Raised when a key goes or means something else; new keys may come. */
const formatVersion = 1;

function webhookBody(alert: Alert, { project, report }: About): object {
  const { kind, id, owner, cause, since, members, joined, left, newSources } = alert;
  return {
    formatVersion,
    event: kind,
    group: id,
    title: titleOf(alert),
    project,
    owner,
    cause,
    urgency: cause === 'undecided' ? 'low' : 'high',
    since,
    features: members,
    joined,
    left,
    newSources,
    report,
  };
}
