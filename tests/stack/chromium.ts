/** Headless Chromium, spoken to over a pipe: no port, and no library. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

type Parameters = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Parameters;
  readonly result?: Parameters;
  readonly error?: { readonly message: string };
}

export interface Page {
  readonly send: (method: string, parameters?: Parameters) => Promise<Parameters>;
  /** The value of an expression, awaited. */
  readonly value: <T>(expression: string) => Promise<T>;
  readonly open: (url: string) => Promise<void>;
  readonly press: (key: string) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  readonly screenshot: (file: string) => Promise<void>;
  /** What the console said, what was thrown, and every address that was asked for. */
  readonly said: string[];
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  readonly phone?: boolean;
}

const keys: Readonly<Record<string, number>> = { Enter: 13, Escape: 27, ArrowUp: 38, ArrowDown: 40, Tab: 9 };

export async function openPage({ width, height, dark = false, phone = false }: Screen): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'lockstep-chromium-'));
  const browser = spawn(
    'chromium',
    // Its sandbox does not run as root, and the page is our own.
    ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${profile}`],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const [, , , input, output] = browser.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, (message: Message) => void>();
  const said: string[] = [];
  const asked: string[] = [];
  let loaded: () => void = () => {};
  let rest = '';
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else if (message.method === 'Page.loadEventFired') loaded();
      else if (message.method === 'Network.requestWillBeSent')
        asked.push((message.params as unknown as { request: { url: string } }).request.url);
      else if (/^(Runtime\.exceptionThrown|Log\.entryAdded|Runtime\.consoleAPICalled)$/.test(message.method ?? ''))
        said.push(JSON.stringify(message.params));
    }
  });
  let last = 0;
  const call = (method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> => {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ result = {}, error }) =>
        error === undefined ? resolve(result) : reject(new Error(`${method}: ${error.message}`)),
      );
      input.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    });
  };
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const send: Page['send'] = (method, parameters) => call(method, parameters, String(sessionId));
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: phone ? 2 : 1, mobile: phone });
  await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
  const key = async (name: string, text?: string): Promise<void> => {
    const code = keys[name] ?? name.toUpperCase().charCodeAt(0);
    await send('Input.dispatchKeyEvent', {
      type: 'keyDown',
      key: name,
      windowsVirtualKeyCode: code,
      ...(text === undefined ? {} : { text }),
    });
    await send('Input.dispatchKeyEvent', { type: 'keyUp', key: name, windowsVirtualKeyCode: code });
  };
  return {
    send,
    said,
    asked,
    value: async <T>(expression: string) => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    open: async (url) => {
      const done = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      await send('Page.navigate', { url });
      await done;
    },
    press: (name) => key(name, name.length === 1 ? name : name === 'Enter' ? '\r' : undefined),
    type: async (text) => {
      for (const letter of text) await key(letter, letter);
    },
    screenshot: async (file) => {
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      writeFileSync(file, Buffer.from(String(data), 'base64'));
    },
    close: async () => {
      const gone = new Promise((resolve) => browser.once('exit', resolve));
      await call('Browser.close').catch(() => browser.kill('SIGKILL'));
      await gone;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
