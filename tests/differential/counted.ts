/** Generated features of the kind that is counted up from events in memory: one stream, grouped by the entity, over a time of fixed length. */
import type { Draw } from './draw.ts';
import { columnOf, type ScopeColumn, type Writer, write } from './expressions.ts';
import type { Generated } from './features.ts';

const columns: readonly ScopeColumn[] = [
  { sql: 'who', kind: 'text' },
  { sql: 'item', kind: 'num' },
  { sql: 'price', kind: 'num' },
  { sql: 'qty', kind: 'num' },
  { sql: 'ok', kind: 'bool' },
  { sql: 'word', kind: 'text' },
  { sql: 'at', kind: 'time' },
];

export function drawCounted(d: Draw): Generated {
  const writer: Writer = { d, columns, depth: 1 };
  const key = d.pick(['who', 'who', 'item', 'who, item', 'LOWER(word)']);
  const number = (): string => (d.oneIn(3) ? write(writer, 'num') : (columnOf(writer, 'num') ?? '1'));
  const bound = (): string => {
    const size = d.pick(['1 hour', '2 hours', '30 minutes', '10 minutes', '1 day', '0 minutes', '1 second']);
    return `at ${d.pick(['>=', '>', '<', '<='])} as_of() - INTERVAL '${size}'`;
  };
  const test = (): string => (d.oneIn(3) ? bound() : d.oneIn(3) ? `${bound()} AND ${write(writer, 'bool')}` : write(writer, 'bool'));
  const aggregate = (): string =>
    d.pick([
      () => 'COUNT(*)',
      () => `COUNT(${columnOf(writer, d.pick(['num', 'text', 'bool', 'time'] as const)) ?? '*'})`,
      () => `COUNT(DISTINCT ${columnOf(writer, d.pick(['num', 'text', 'time'] as const)) ?? 'item'})`,
      () => `COUNT_IF(${test()})`,
      () => `SUM(${number()})`,
      () => `SUM(IFF(${test()}, ${number()}, ${d.pick(['0', 'NULL'])}))`,
      () => `${d.pick(['MIN', 'MAX'])}(${d.oneIn(3) ? 'at' : number()})`,
      () => `COUNT(DISTINCT IFF(${test()}, ${d.pick(['item', 'word'])}, NULL))`,
      () => `MAX(IFF(${test()}, ${d.pick(['price', 'at'])}, NULL))`,
    ])();
  const item = (): string =>
    d.pick([
      aggregate,
      aggregate,
      aggregate,
      () => `COALESCE(SUM(${number()}), 0)`,
      () => `DIV0(COUNT_IF(${test()}), COUNT(*))`,
      () => `SUM(price) / NULLIF(COUNT(price), 0)`,
      () => `DATEDIFF(second, MAX(at), as_of())`,
      () => `CASE WHEN COUNT(*) > 1 THEN 'many' WHEN ${aggregate()} IS NULL THEN 'none' END`,
    ])();
  const items = Array.from({ length: 1 + d.below(4) }, (_, i) => `${item()} AS o${i + 1}`);
  const size = d.pick(['1 hour', '3 hours', '1 day', '20 minutes', '2 days']);
  const rest = d.oneIn(3) ? ` AND ${write(writer, 'bool')}` : d.oneIn(4) ? ` AND at < as_of() - INTERVAL '5 minutes'` : '';
  const plain = /^[a-z, ]+$/.test(key);
  const sql = `SELECT ${plain ? key : `${key} AS e1`},\n  ${items.join(',\n  ')}\nFROM clicks\nWHERE at ${d.pick(['>=', '>'])} as_of() - INTERVAL '${size}'${rest}\nGROUP BY ${key}`;
  const header = `entity: [${plain ? key : 'e1'}]\n${d.oneIn(6) ? 'include_as_of: true\n' : ''}${d.oneIn(5) ? 'defaults: {o1: NULL}\n' : ''}`;
  return { shape: 'counted up', sql, text: `/*---\n${header}---*/\n${sql}\n` };
}
