/** Rows in order on ClickHouse, where aggregates take no ORDER BY: each row with a tuple of keys, and the tuples sorted. */
import { binary, call, isNull, postfix, prefix, type Sql, type SqlSortKey, str, token } from '../sql/tree.ts';
import { int64 } from './clickhouse-sql.ts';
import { NotOnEngine } from './engine-sql.ts';

/** A tuple that sorts upwards as the keys say. */
export const clickhouseOrder = (keys: readonly SqlSortKey[]): Sql => call('tuple', ...keys.flatMap(keyParts));

function keyParts(key: SqlSortKey): readonly Sql[] {
  const absent = key.nullsFirst ? postfix(key.expr, 'IS NOT NULL') : isNull(key.expr);
  return [absent, key.descending ? downwards(key) : key.expr];
}

/** What is less where the key is greater. */
function downwards({ expr, type }: SqlSortKey): Sql {
  switch (type?.kind) {
    case 'number':
      return prefix('-', expr);
    case 'date':
      return prefix('-', call('toInt32', expr));
    case 'timestamp':
      return prefix('-', call('toUnixTimestamp64Micro', expr));
    case 'boolean':
      return binary(token(1), '-', int64(expr));
    case 'varchar':
      // With the greatest byte behind it, a text comes after those that begin with it.
      return call('concat', call('bitNot', expr), call('unhex', str('FF')));
    default:
      throw new NotOnEngine('this descending order inside an aggregate', 'clickhouse');
  }
}

/** The values, in order, of the rows where `keep` holds. */
export const inOrder = (value: Sql, keys: readonly SqlSortKey[], keep: Sql): Sql =>
  call('tupleElement', call('arraySort', call('groupArrayIf', call('tuple', clickhouseOrder(keys), value), keep)), token(2));
