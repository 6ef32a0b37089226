/** What a channel is: one way to tell somebody. */
import type { Alert } from './alerts.ts';
import type { About } from './words.ts';

export type ChannelName = 'slack' | 'webhook' | 'email';

export type Delivery =
  | { readonly kind: 'delivered'; readonly warning: string | null }
  /** `refused`: this one message; `down`: nothing else would arrive, either. The problem never holds an address or what signs in. */
  | { readonly kind: 'refused' | 'down'; readonly problem: string };

export interface Channel {
  readonly name: ChannelName;
  /** Tried once, for ten seconds at most. Never throws for what the other side does. */
  readonly send: (alert: Alert, about: About) => Promise<Delivery>;
}

/** Milliseconds for one message. */
export const patience = 10_000;

/** The value of a text of `lockstep.yml`, from the environment; `what`: for messages. */
export type Reveal = (text: string, what: string) => string;
