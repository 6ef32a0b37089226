/** The channels: one file each, and one row here. */
import type { Alerts } from '../../../compiler/authoring/alerts.ts';
import { type Environment, fromEnvironment } from '../../warehouse/environment.ts';
import type { Channel, ChannelName, Reveal } from './channel.ts';
import { email } from './email.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

/** Null: `lockstep.yml` does not name it. */
type Opener = (alerts: Alerts, reveal: Reveal) => Channel | null;

const openers: Readonly<Record<ChannelName, Opener>> = { slack, webhook, email };

/** Those that `lockstep.yml` names. */
export const channelNames = (alerts: Alerts): readonly ChannelName[] =>
  (Object.keys(openers) as ChannelName[]).filter((name) => alerts[name] !== null);

/** With what the environment has in the place of variables. */
export function openChannels(alerts: Alerts, environment: Environment): readonly Channel[] {
  const reveal: Reveal = (text, what) => fromEnvironment(text, what, environment).trim();
  return Object.values(openers).flatMap((open) => open(alerts, reveal) ?? []);
}
