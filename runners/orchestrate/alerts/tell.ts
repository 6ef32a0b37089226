/** One channel told what it has not heard: what arrived is kept at once, what did not is left for the next run. */
import { type Alert, alertsOf, type ChannelState, settled } from './alerts.ts';
import type { Channel } from './channel.ts';
import type { Groups } from './groups.ts';
import { type About, titleOf } from './words.ts';

export interface ToldAlert {
  readonly event: Alert['kind'];
  readonly group: string;
  readonly title: string;
  readonly delivered: boolean;
}

export interface Telling {
  readonly about: About;
  readonly say: (text: string) => void;
  /** Called after each that arrived. */
  readonly keep: (state: ChannelState) => Promise<void>;
  /** By the clock, in milliseconds: what is not told by then is left. */
  readonly until: number;
  readonly step: () => void;
}

export async function tell(channel: Channel, groups: Groups, before: ChannelState, telling: Telling): Promise<readonly ToldAlert[]> {
  const { send, stateAfter } = alertsOf(groups, before);
  const missed = new Set(send.map(({ id }) => id));
  const { say } = telling;
  await telling.keep(settled(before, stateAfter, missed));
  let isDown = false;
  const told: ToldAlert[] = [];
  for (const alert of send) {
    if (!isDown && Date.now() > telling.until) {
      isDown = true;
      say(`warning: ${channel.name}: there was no time left; the next run tells the rest`);
    }
    if (!isDown) {
      const delivery = await channel.send(alert, telling.about);
      if (delivery.kind === 'delivered') {
        missed.delete(alert.id);
        if (delivery.warning !== null) say(`warning: ${channel.name}: ${delivery.warning}`);
        await telling.keep(settled(before, stateAfter, missed));
      } else {
        isDown = delivery.kind === 'down';
        say(`warning: ${channel.name}: ${delivery.problem}; the next run tells it`);
      }
    }
    telling.step();
    told.push({ event: alert.kind, group: alert.id, title: titleOf(alert), delivered: !missed.has(alert.id) });
  }
  return told;
}

/** What would be told, for `--dry-run`. */
export const untold = (groups: Groups, before: ChannelState): readonly ToldAlert[] =>
  alertsOf(groups, before).send.map((alert) => ({ event: alert.kind, group: alert.id, title: titleOf(alert), delivered: false }));
