/** Who takes events: a server of OpenLineage, or a file. */
import { appendFile } from 'node:fs/promises';
import type { Delivery } from '../alerts/channel.ts';
import { post } from '../alerts/post.ts';
import type { LineageEvent } from './event.ts';
import type { Receiver } from './settings.ts';

/** Milliseconds for one event, as the clients have it. */
const patience = 5_000;

export type Send = (event: LineageEvent) => Promise<Delivery>;

export const sendTo = (receiver: Receiver): Send => (receiver.kind === 'server' ? toServer(receiver) : toFile(receiver));

function toServer({ url, apiKey }: Extract<Receiver, { kind: 'server' }>): Send {
  const headers: Record<string, string> = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  return (event) => post(url, JSON.stringify(event), headers, () => null, patience);
}

/** A line each. */
function toFile({ path, shown }: Extract<Receiver, { kind: 'file' }>): Send {
  return async (event) => {
    try {
      await appendFile(path, `${JSON.stringify(event)}\n`);
      return { kind: 'delivered', warning: null };
    } catch (thrown) {
      return { kind: 'down', problem: `${shown} cannot be written: ${(thrown as NodeJS.ErrnoException).code}` };
    }
  };
}
