/** Every function row: its examples as Snowflake printed them, and generated features in which it leads to a value. */
import { hasSql } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { exampleItems } from './examples.ts';
import { generatedItems } from './generated.ts';
import type { Part } from './item.ts';

const seed = 20261123;

/** Those that have SQL for Snowflake. */
export const rowNames: readonly string[] = functionRows.filter((row) => hasSql(row.sql, 'snowflake')).map((row) => row.name);

export function functionsPart(): Part {
  const generated = generatedItems(rowNames, seed);
  return { name: 'functions', seed, items: [...exampleItems(), ...generated.items], more: generated.more };
}
