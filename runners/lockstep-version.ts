/** Which Lockstep this is: as its package.json says, wherever this module was compiled to. */
import { readFile } from 'node:fs/promises';

export async function lockstepVersion(): Promise<string> {
  for (const place of ['../package.json', '../../package.json']) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version;
  }
  throw new Error('Lockstep has no package.json');
}
