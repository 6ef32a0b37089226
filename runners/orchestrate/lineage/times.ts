/** Instants as events write them: RFC 3339, UTC. */
import { formatTimestamp } from '../../data/format-value.ts';

/** `micros`: since 1970 UTC. */
export const instantText = (micros: bigint): string => `${formatTimestamp(micros)}Z`;

/** Of what a report says. */
export const utc = (written: unknown): string => `${written}Z`;
