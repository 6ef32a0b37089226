/** Who is told of verdicts: texts as they are written, those that open something from the environment alone. */
import { isSecretText } from './account.ts';
import { alertKeys, emailKeys, webhookKeys } from './keys.ts';
import { type Complain, fieldsOf, mapOf, textOf, textsOf } from './reader.ts';
import type { YamlEntry, YamlNode } from './yaml.ts';

export interface Alerts {
  readonly slack: string | null;
  readonly webhook: WebhookTexts | null;
  readonly email: EmailTexts | null;
}

export interface WebhookTexts {
  readonly url: string;
  /** Name to value. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface EmailTexts {
  readonly smtp: string;
  readonly from: string;
  readonly to: readonly string[];
}

export const noAlerts: Alerts = { slack: null, webhook: null, email: null };

export function readAlerts(entry: YamlEntry | undefined, complain: Complain): Alerts {
  const map = entry === undefined ? undefined : mapOf(entry.value, '`alerts`', complain);
  if (map === undefined) return noAlerts;
  const fields = fieldsOf(map, alertKeys, '`alerts`', complain);
  return {
    slack: secretOf(fields.slack, '`alerts`', 'SLACK_WEBHOOK_URL', complain),
    webhook: fields.webhook === undefined ? null : readWebhook(fields.webhook.value, complain),
    email: fields.email === undefined ? null : readEmail(fields.email.value, complain),
  };
}

function readWebhook(node: YamlNode, complain: Complain): WebhookTexts | null {
  const what = '`webhook` of `alerts`';
  const map = mapOf(node, what, complain);
  if (map === undefined) return null;
  const fields = fieldsOf(map, webhookKeys, what, complain);
  const url = secretOf(fields.url, what, 'ALERT_WEBHOOK_URL', complain);
  const entries = fields.headers === undefined ? [] : (mapOf(fields.headers.value, `\`headers\` of ${what}`, complain)?.entries ?? []);
  const headers = entries.flatMap((header) => {
    if (!headerName.test(header.key)) {
      complain(header.keySpan, 'this is no name of a header of HTTP', 'Authorization, for example, and a blank behind the colon');
      return [];
    }
    const value = secretOf(header, `\`headers\` of ${what}`, 'ALERT_WEBHOOK_AUTHORIZATION', complain);
    return value === null ? [] : [[header.key, value] as const];
  });
  return url === null ? null : { url, headers: Object.fromEntries(headers) };
}

function readEmail(node: YamlNode, complain: Complain): EmailTexts | null {
  const what = '`email` of `alerts`';
  const map = mapOf(node, what, complain);
  if (map === undefined) return null;
  const fields = fieldsOf(map, emailKeys, what, complain);
  const smtp = secretOf(fields.smtp, what, 'SMTP_URL', complain);
  const from = textOf(fields.from, complain);
  if (from !== null && fields.from !== undefined && !isAddress(from)) complain(fields.from.value.span, ...noAddress('from'));
  const to = textsOf(fields.to, complain);
  for (const { text, span } of to) if (!isAddress(text)) complain(span, ...noAddress('to'));
  if (to.length === 0 && fields.to?.value.kind === 'list') complain(fields.to.value.span, `\`to\` of ${what} names nobody`);
  return smtp === null || from === null || to.length === 0 ? null : { smtp, from, to: to.map(({ text }) => text) };
}

/** Null: it is not there, or it was complained of. */
function secretOf(entry: YamlEntry | undefined, what: string, variable: string, complain: Complain): string | null {
  if (entry === undefined) return null;
  if (isSecretText(entry.value)) return textOf(entry, complain);
  complain(
    entry.keySpan,
    `\`${entry.key}\` of ${what} is written in clear`,
    `whoever knows it can send: let the environment have it: ${entry.key}: "{{ env_var('${variable}') }}"`,
  );
  return null;
}

const headerName = /^[!#$%&'*+.^_`|~\w-]{1,100}$/;

/** Nothing beside it, and nothing that would be another header or a second address. */
const isAddress = (text: string): boolean => text.length <= 254 && /^[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+$/.test(text) && !text.includes('{{');

const noAddress = (key: string): readonly [string, string] => [
  `\`${key}\` must be an address of e-mail`,
  'the address alone: data@example.com',
];
