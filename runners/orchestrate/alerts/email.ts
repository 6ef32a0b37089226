/** E-mail by SMTP, as plain text and as HTML. The library is loaded when something is sent. */
import type { Alerts } from '../../../compiler/authoring/alerts.ts';
import { UsageError } from '../../usage-error.ts';
import type { Alert } from './alerts.ts';
import { type Channel, type Delivery, patience, type Reveal } from './channel.ts';
import { fitting } from './shown.ts';
import { type About, type Line, messageOf } from './words.ts';

export function email({ email: texts }: Alerts, reveal: Reveal): Channel | null {
  if (texts === null) return null;
  const server = serverOf(reveal(texts.smtp, '`smtp` of `alerts`'));
  const { from, to } = texts;
  return { name: 'email', send: (alert, about) => sent(server, { from, to: [...to], ...emailOf(alert, about) }) };
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** No password in clear over a network. */
  readonly requireTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

export function serverOf(value: string): Server {
  const wrong = (what: string): UsageError =>
    new UsageError(
      `\`smtp\` of \`alerts\` in lockstep.yml ${what}`,
      'smtp://user:password@host:587, or smtps://…:465, each part percent-encoded',
    );
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '')
    throw wrong('is no address of a server');
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) throw wrong('has more than user, password, host and port');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isHere = host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
  const secure = url.protocol === 'smtps:';
  const hasAuth = url.username !== '' || url.password !== '';
  const plain = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw wrong('has a user or a password that is not percent-encoded');
    }
  };
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: hasAuth && !secure && !isHere,
    ...(hasAuth ? { auth: { user: plain(url.username), pass: plain(url.password) } } : {}),
  };
}

interface Mail {
  readonly from: string;
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

async function sent(server: Server, mail: Mail): Promise<Delivery> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...server,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    dnsTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, patience, 'late');
  });
  try {
    const info = await Promise.race([transport.sendMail(mail), late]);
    if (info === 'late') return { kind: 'down', problem: `it is not reached: no answer within ${patience / 1000} seconds` };
    const refused = info.rejected.length;
    return { kind: 'delivered', warning: refused === 0 ? null : `${refused} of ${mail.to.length} addresses were refused` };
  } catch (thrown) {
    return failureOf(thrown);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** Only codes: what a server says besides may repeat what it was told. */
function failureOf(thrown: unknown): Delivery {
  const { code, responseCode } = thrown as { readonly code?: unknown; readonly responseCode?: unknown };
  const word = typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'the connection failed';
  const isOne = (word === 'EENVELOPE' || word === 'EMESSAGE') && typeof responseCode === 'number' && responseCode >= 500;
  return typeof responseCode === 'number'
    ? { kind: isOne ? 'refused' : 'down', problem: `it answers ${responseCode} (${word})` }
    : { kind: 'down', problem: `it is not reached: ${word}` };
}

const limits = { lines: 200, characters: 60_000 };

function emailOf(alert: Alert, about: About): Pick<Mail, 'subject' | 'text' | 'html'> {
  const { title, why, features, news, wayBack, footer, report } = messageOf(alert, about);
  const line = ({ name, text }: Line): string => `${name}: ${text}`;
  const parts: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['', why],
    ['Features', fitting(features.map(line), limits)],
    ['What is other than before', fitting(news.map(line), limits)],
    ['The way back', fitting(wayBack, limits)],
    ['', [...(report === null ? [] : [`Report: ${report}`]), footer]],
  ];
  const present = parts.filter(([, lines]) => lines.length > 0);
  return {
    subject: `[lockstep] ${title}`,
    text: `${present.map(([heading, lines]) => (heading === '' ? lines : [heading, ...lines.map((l) => `- ${l}`)]).join('\n')).join('\n\n')}\n`,
    html: present
      .map(([heading, lines]) =>
        heading === ''
          ? lines.map((l) => `<p>${escaped(l)}</p>`).join('\n')
          : `<h3>${heading}</h3>\n<ul>\n${lines.map((l) => `<li>${heading === 'The way back' ? code(escaped(l)) : escaped(l)}</li>`).join('\n')}\n</ul>`,
      )
      .join('\n'),
  };
}

const code = (html: string): string => html.replaceAll(/`([^`]*)`/g, '<code>$1</code>');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
