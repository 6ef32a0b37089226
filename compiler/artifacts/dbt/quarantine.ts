/** How many rows of each source break its contract, and how. */
import type { Source } from '../../catalog.ts';
import { type Dialect, identifier } from '../../emit/dialect.ts';
import { printExpression } from '../../emit/print.ts';
import { breaches } from '../staging.ts';
import { rawRelation, stagingName, writtenByUs } from './names.ts';
import type { YamlTree } from './yaml-text.ts';

const quarantineName = 'lockstep_quarantine';

export const quarantinePath = `models/staging/${quarantineName}.sql`;

export function quarantineModel(sources: readonly Source[], dialect: Dialect): string {
  const counted = (source: Source, reason: string, leftOut: boolean, from: string): string =>
    `SELECT '${source.name}' AS source, ${dialect.shield(dialect.string(reason))} AS reason, ${leftOut ? 'TRUE' : 'FALSE'} AS left_out, COUNT(*) AS found\n${from}`;
  const branches = sources.flatMap((source) => [
    ...breaches(source, dialect).map(({ reason, test }) =>
      counted(source, reason, true, `FROM ${rawRelation(source)}\nWHERE ${printExpression(test, dialect)}`),
    ),
    ...severalTimes(source, dialect).map((from) => counted(source, 'one key with several event times', false, from)),
  ]);
  return `${writtenByUs}{{ config(materialized='view') }}\n${branches.join('\nUNION ALL\n')}\n`;
}

/** A breach of contract, too, but which of the events would be the right one? All stay. */
function severalTimes(source: Source, dialect: Dialect): readonly string[] {
  if (source.kind !== 'stream' || source.key.includes(source.eventTime)) return [];
  const key = source.key.map((c) => identifier(c, dialect)).join(', ');
  return [
    `FROM (\n  SELECT ${key}\n  FROM {{ ref('${stagingName(source.name)}') }}\n  GROUP BY ${key}\n  HAVING COUNT(*) > 1\n) AS repeated`,
  ];
}

export const quarantineProperties: YamlTree = {
  name: quarantineName,
  description: 'How many rows of each source break its contract, and how.',
  columns: [
    { name: 'source', description: 'As sources.yml calls it.' },
    { name: 'reason', description: 'What is wrong with the rows. A row may be wrong in several ways.' },
    { name: 'left_out', description: 'Whether neither form reads them.' },
    { name: 'found', description: 'How many: rows, or keys.' },
  ],
};
