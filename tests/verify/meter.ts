/** What a run has used so far, and how much it may. */

export interface Cap {
  readonly credits: number;
  readonly minutes: number;
}

export interface Meter {
  /** As the warehouse bills the time since the start, had it run all of it. */
  readonly used: () => Cap;
  readonly isReached: () => boolean;
  /** Until it is reached. */
  readonly left: () => number;
}

/** `started` and `now` in milliseconds. */
export function meter(cap: Cap, creditsAnHour: number, started: number, now: () => number): Meter {
  const minutes = (): number => (now() - started) / 60_000;
  const mostMinutes = Math.min(cap.minutes, (cap.credits / creditsAnHour) * 60);
  return {
    used: () => ({ credits: (minutes() / 60) * creditsAnHour, minutes: minutes() }),
    isReached: () => minutes() >= mostMinutes,
    left: () => Math.max(0, (mostMinutes - minutes()) * 60_000),
  };
}
