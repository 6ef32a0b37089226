/** A server of HTTP and one of SMTP that keep what arrived; and a project that tells them, with a history of its own. */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { appendRun } from '../../runners/history/history.ts';
import type { ReportedRun } from '../../runners/history/run.ts';
import { project, viewers } from '../cli/viewers.ts';
import { type Files, lockstep, type Ran } from '../support/cli.ts';

interface Request {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (request: Request, response: ServerResponse) => void;

export interface Web {
  readonly url: string;
  readonly requests: Request[];
  /** From now on. */
  answer: Answer;
}

const ok: Answer = (_, response) => void response.end('ok');

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

export async function web(answer: Answer = ok): Promise<Web> {
  const found: { url: string; requests: Request[]; answer: Answer } = { url: '', requests: [], answer };
  const server = createServer(async (incoming, response) => {
    const { url: path = '', method = '', headers } = incoming;
    const request = { path, method, headers, body: await bodyOf(incoming) };
    found.requests.push(request);
    found.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  found.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return found;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly raw: string;
}

export interface Post {
  readonly port: number;
  readonly mails: Mail[];
}

/** `password`: of the user `lockstep`; null: it asks nobody. `refused`: an address that it does not take. */
export async function post(password: string | null = null, refused = ''): Promise<Post> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: password === null ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    authOptional: password === null,
    allowInsecureAuth: true,
    onAuth: (auth, _, done) =>
      auth.username === 'lockstep' && auth.password === password
        ? done(null, { user: auth.username })
        : done(new Error(`wrong password ${auth.password}`)),
    onRcptTo: ({ address }, _, done) => (address === refused ? done(new Error(`nobody here is ${address}`)) : done()),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const raw = Buffer.concat(parts).toString('utf8');
        const from = mailFrom === false || mailFrom === null ? '' : mailFrom.address;
        mails.push({ from, to: rcptTo.map(({ address }) => address), user: session.user as string | undefined, raw });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

/** Quoted-printable and base64, as RFC 2045 has them. */
export function partsOf(raw: string): { readonly subject: string; readonly text: string; readonly html: string } {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? '';
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`);
  const body = (type: string): string => {
    const [header = '', ...lines] = parts.find((p) => p.includes(`Content-Type: ${type}`))?.split('\r\n\r\n') ?? [];
    const text = lines.join('\r\n\r\n').replace(/\r\n$/, '');
    if (/quoted-printable/i.test(header)) return quotedPrintable(text).replaceAll('\r\n', '\n');
    return (/base64/i.test(header) ? Buffer.from(text, 'base64').toString('utf8') : text).replaceAll('\r\n', '\n');
  };
  const subject = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(head)?.[1] ?? '';
  const words = subject.replaceAll(/\r\n[ \t]/g, ' ').replaceAll(/\?=\s+=\?/g, '?==?');
  return { subject: words.replaceAll(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, encodedWord), text: body('text/plain'), html: body('text/html') };
}

const encodedWord = (_: string, kind: string, text: string): string =>
  kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString('utf8') : quotedPrintable(text.replaceAll('_', ' '));

function quotedPrintable(text: string): string {
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** `alerts:` with the channels that are named, each of its variable. */
export function configOf(...channels: readonly ('slack' | 'webhook' | 'email')[]): string {
  const lines = {
    slack: `  slack: "{{ env_var('TEST_SLACK') }}"\n`,
    webhook: `  webhook: { url: "{{ env_var('TEST_HOOK') }}", headers: { Authorization: "{{ env_var('TEST_BEARER') }}" } }\n`,
    email: `  email: { smtp: "{{ env_var('TEST_SMTP') }}", from: lockstep@example.com, to: [data@example.com, feed@example.com] }\n`,
  };
  return `name: market\nalerts:\n${channels.map((name) => lines[name]).join('')}`;
}

/** A feature's file, with its owner. */
export const owned = (owner: string | null): string =>
  owner === null ? viewers : viewers.replace('---*/', `owner: ${JSON.stringify(owner)}\n---*/`);

export interface Told {
  readonly folder: string;
  readonly history: string;
  readonly state: string;
  readonly add: (...runs: readonly ReportedRun[]) => Promise<void>;
  readonly alert: (...more: readonly string[]) => Promise<Ran>;
}

/** `owners`: of features by name. */
export async function toldProject(config: string, owners: Readonly<Record<string, string | null>>, more: Files = {}): Promise<Told> {
  const features = Object.entries(owners).map(([name, owner]) => [`transforms/features/${name}.sql`, owned(owner)] as const);
  const folder = await project({ 'lockstep.yml': config, ...Object.fromEntries(features), ...more });
  if (!('viewers' in owners)) rmSync(join(folder, 'transforms/features/viewers.sql'));
  mkdirSync(join(folder, 'kept'));
  const history = join(folder, 'kept/parity.duckdb');
  return {
    folder,
    history,
    state: `${history}.alerts.json`,
    add: async (...runs) => {
      for (const run of runs) await appendRun(history, run, { say: () => {}, patience: 10_000 });
    },
    alert: (...args) => lockstep('alert', '--project', folder, '--history', history, ...args),
  };
}

export function environment(variables: Readonly<Record<string, string>>): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
}
