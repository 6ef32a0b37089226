/** Three-valued logic. */
import { binary, postfix, prefix, type Sql } from '../sql/tree.ts';
import { boolean } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, expectArgs } from './arguments.ts';
import type { ScalarRow } from './define.ts';

/** `decisive` on either side decides, whatever the other side is. */
const connective = (name: 'AND' | 'OR', decisive: boolean): ScalarRow => ({
  kind: 'scalar',
  name,
  summary: `${decisive ? 'Any' : 'All'} of the two. NULL is "unknown".`,
  nulls: 'handles',
  resolve: (args) => expectArgs(name, args, ['boolean', 'boolean']) ?? { type: boolean, nullable: anyNullable(args) },
  sql: { standard: ([a, b]) => binary(a as Sql, name, b as Sql), postgres: 'standard', clickhouse: 'standard' },
  evaluate: ([a, b]) => {
    if (a === decisive || b === decisive) return decisive;
    return a === null || b === null ? null : !decisive;
  },
  examples: [],
});

const not: ScalarRow = {
  kind: 'scalar',
  name: 'NOT',
  summary: 'The opposite.',
  nulls: 'propagate',
  resolve: (args) => expectArgs('NOT', args, ['boolean']) ?? { type: boolean, nullable: anyNullable(args) },
  sql: { standard: ([a]) => prefix('NOT', a as Sql), postgres: 'standard', clickhouse: 'standard' },
  evaluate: ([a]) => !a,
  examples: [],
};

const test = (name: string, wanted: 'any' | 'boolean', summary: string, evaluate: (value: Value) => boolean): ScalarRow => ({
  kind: 'scalar',
  name,
  summary,
  nulls: 'handles',
  resolve: (args) => expectArgs(name, args, [wanted]) ?? { type: boolean, nullable: false },
  sql: { standard: ([a]) => postfix(a as Sql, name), postgres: 'standard', clickhouse: 'standard' },
  evaluate: ([a]) => evaluate(a as Value),
  examples: [],
});

export const logicRows: readonly ScalarRow[] = [
  connective('AND', false),
  connective('OR', true),
  not,
  test('IS NULL', 'any', 'NULL.', (value) => value === null),
  test('IS NOT NULL', 'any', 'Not NULL.', (value) => value !== null),
  test('IS TRUE', 'boolean', 'TRUE, neither FALSE nor NULL.', (value) => value === true),
  test('IS NOT TRUE', 'boolean', 'FALSE or NULL.', (value) => value !== true),
  test('IS FALSE', 'boolean', 'FALSE, neither TRUE nor NULL.', (value) => value === false),
  test('IS NOT FALSE', 'boolean', 'TRUE or NULL.', (value) => value !== false),
];
