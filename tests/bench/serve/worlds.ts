/** The data sets. */
import { clicks } from './clicks.ts';
import { flights } from './flights.ts';

export const worlds = { clicks, flights } as const;

export type WorldName = keyof typeof worlds;
