/** On what the tags of features move. */
import { promotionKeys } from './keys.ts';
import { type Complain, durationOf, fieldsOf, mapOf, oneOf, textsOf } from './reader.ts';
import type { YamlEntry } from './yaml.ts';

export interface Promotion {
  /** That move on a verdict of parity alone. */
  readonly tags: readonly string[];
  /** How old that verdict may be, microseconds. */
  readonly within: bigint;
  /** The engine whose batch form must have been compared; null: any. */
  readonly batchEngine: string | null;
}

/** From one night to the next, with room for a night that takes longer. */
export const defaultPromotion: Promotion = { tags: ['production'], within: 26n * 3_600_000_000n, batchEngine: null };

export function readPromotion(entry: YamlEntry | undefined, complain: Complain): Promotion {
  const map = entry === undefined ? undefined : mapOf(entry.value, '`promotion`', complain);
  if (map === undefined) return defaultPromotion;
  const fields = fieldsOf(map, promotionKeys, '`promotion`', complain);
  const tags = textsOf(fields.tags, complain);
  const latest = tags.find(({ text }) => text === 'latest');
  if (latest !== undefined)
    complain(latest.span, 'the tag `latest` always names the version deployed last', 'name the tag that callers ask for');
  return {
    tags: fields.tags === undefined ? defaultPromotion.tags : tags.map(({ text }) => text),
    within: durationOf(fields.within, complain) ?? defaultPromotion.within,
    batchEngine: oneOf(fields.batch_engine, ['duckdb', 'snowflake', 'postgres', 'clickhouse'], complain),
  };
}
