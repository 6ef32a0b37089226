/** An incoming webhook of Slack, with Block Kit. Its limits: https://docs.slack.dev/reference/block-kit/blocks. */
import type { Alerts } from '../../../compiler/authoring/alerts.ts';
import type { Alert } from './alerts.ts';
import type { Channel, Reveal } from './channel.ts';
import { addressOf, post } from './post.ts';
import { fitting } from './shown.ts';
import { type About, type Line, messageOf } from './words.ts';

export function slack({ slack: text }: Alerts, reveal: Reveal): Channel | null {
  if (text === null) return null;
  const what = '`slack` of `alerts`';
  const url = addressOf(reveal(text, what), what);
  return { name: 'slack', send: (alert, about) => post(url, JSON.stringify(slackMessage(alert, about)), {}, knownProblem) };
}

/** What Slack answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
const knownProblem = (answer: string): string | null => (/^[a-z]{2,20}(?:_[a-z]{1,20}){0,6}$/.test(answer) ? answer : null);

type Text = { readonly type: 'plain_text' | 'mrkdwn'; readonly text: string };
type Block =
  | { readonly type: 'header' | 'section'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] };

interface SlackMessage {
  /** For notifications, and where blocks are not shown. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

const section = { lines: 40, characters: 3000 };

function slackMessage(alert: Alert, about: About): SlackMessage {
  const { title, why, features, news, wayBack, footer, report } = messageOf(alert, about);
  const link = report === null ? '' : ` · <${escaped(report.replaceAll('|', '%7C'))}|report>`;
  return {
    text: escaped(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...sectionOf('', why.map(escaped)),
      ...sectionOf('*Features*', features.map(lineText)),
      ...sectionOf('*What is other than before*', news.map(lineText)),
      ...sectionOf(
        '*The way back*',
        wayBack.map((line) => `• ${escaped(line)}`),
      ),
      { type: 'context', elements: [{ type: 'mrkdwn', text: `${escaped(footer)}${link}` }] },
    ],
  };
}

function sectionOf(heading: string, lines: readonly string[]): readonly Block[] {
  if (lines.length === 0) return [];
  const shown = fitting(lines, { lines: section.lines, characters: section.characters - heading.length - 1 });
  return [{ type: 'section', text: { type: 'mrkdwn', text: [...(heading === '' ? [] : [heading]), ...shown].join('\n') } }];
}

/** A name stands as code, in which nothing is formatted. */
const lineText = ({ name, text }: Line): string =>
  `• \`${escaped(name.replaceAll('`', "'"))}\`: ${escaped(text.replaceAll(/[*~`]/g, "'"))}`;

/** Else `<!channel>` would wake everybody: https://docs.slack.dev/messaging/formatting-message-text#escaping. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
