/** Servers that the package asks: `lockstep serve` as people run it, filled over HTTP. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import type { World } from '../../marketplace/world.ts';
import { ended } from '../kafka/processes.ts';

export interface Served {
  readonly url: string;
  readonly send: (method: string, path: string, body: string, key?: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Its environment has no broker: events come over HTTP. */
export async function serve(environment: NodeJS.ProcessEnv, project: string, store: string, ...more: readonly string[]): Promise<Served> {
  const args = ['serve', '--project', project, '--store', store, '--port', '0', ...more];
  const child = spawn(process.execPath, [resolve('bin/lockstep.js'), ...args], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  const url = await new Promise<string>((done, failed) => {
    child.once('exit', (code) => failed(new Error(`serve ended with ${code}: ${said.join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const { event, url } = JSON.parse(line.startsWith('{') ? line : '{}') as { readonly event?: string; readonly url?: string };
      if (event === 'serving' && url !== undefined) done(url);
    });
  });
  const send = async (method: string, path: string, body: string, key?: string): Promise<void> => {
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `ApiKey ${key}` }) };
    const response = await fetch(`${url}${path}`, { method, headers, body });
    const text = await response.text();
    if (!response.ok || /"rejected":\[\{/.test(text)) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  };
  return { url, send, stop: () => ended(child, 'SIGTERM') };
}

export async function fill({ send }: Served, { raw }: World): Promise<void> {
  for (const [source, rows] of raw) {
    const messages = rows.map((row) => onTheWire(source, row).value);
    for (let i = 0; i < messages.length; i += 100) await send('POST', `/events/${source}`, `[${messages.slice(i, i + 100).join(',')}]`);
    await send('PUT', `/sources/${source}/complete-since`, '{"since": "beginning"}');
  }
}
