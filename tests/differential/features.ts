/** Generated features: one SQL text and header each, of the shapes that are easy to lift wrongly. */
import { hasSql } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import type { Engine } from '../../compiler/sql/tree.ts';
import type { Draw } from './draw.ts';
import { aggregates, columnOf, forms, type Kind, type ScopeColumn, type Writer, windows, write } from './expressions.ts';

export interface Generated {
  readonly shape: string;
  readonly sql: string;
  /** The file: header and SQL. */
  readonly text: string;
}

const clicks = (alias: string): readonly ScopeColumn[] => [
  { sql: `${alias}.who`, kind: 'text' },
  { sql: `${alias}.item`, kind: 'num' },
  { sql: `${alias}.price`, kind: 'num' },
  { sql: `${alias}.qty`, kind: 'num' },
  { sql: `${alias}.ok`, kind: 'bool' },
  { sql: `${alias}.word`, kind: 'text' },
  { sql: `${alias}.on_day`, kind: 'date' },
  { sql: `${alias}.at`, kind: 'time' },
  { sql: `${alias}.ratio`, kind: 'float' },
  { sql: `${alias}.extra`, kind: 'json' },
];
const likes = (alias: string): readonly ScopeColumn[] => [
  { sql: `${alias}.who`, kind: 'text' },
  { sql: `${alias}.item`, kind: 'num' },
  { sql: `${alias}.score`, kind: 'num' },
  { sql: `${alias}.word`, kind: 'text' },
  { sql: `${alias}.at`, kind: 'time' },
];

interface Shape {
  readonly name: string;
  readonly make: (g: Generator) => { readonly entity: string; readonly sql: string; readonly header?: string };
}

/** What shapes draw from: expressions at hand, with the functions that this case is to show among them. */
interface Generator {
  readonly d: Draw;
  readonly spotlight: readonly string[];
}

const writer = (g: Generator, columns: readonly ScopeColumn[], depth = 2): Writer => ({ d: g.d, columns, depth });
const window = (g: Generator, column: string): string => {
  const size = g.d.pick(['1 hour', '2 hours', '1 day', '10 minutes', '1 day', '30 minutes', '3 hours', '1 month', '1 day']);
  const lower = g.d.pick([
    `${column} >= as_of() - INTERVAL '${size}'`,
    `${column} > as_of() - INTERVAL '${size}'`,
    `${column} BETWEEN as_of() - INTERVAL '${size}' AND as_of()`,
    `as_of() - INTERVAL '${size}' <= ${column}`,
    `${column} ${g.d.pick(['>=', '>'])} ${g.d.pick(["DATE_TRUNC('hour', as_of())", "DATE_TRUNC('day', as_of()) - INTERVAL '1 hour'", 'as_of()::DATE', "DATE_TRUNC('month', as_of() - INTERVAL '1 day')"])}`,
  ]);
  return g.d.oneIn(4) ? '' : g.d.oneIn(6) ? `${lower} AND ${column} < as_of() - INTERVAL '10 minutes'` : lower;
};
const where = (...conditions: readonly string[]): string => {
  const kept = conditions.filter((c) => c !== '');
  return kept.length === 0 ? '' : `WHERE ${kept.join(' AND ')}`;
};
const maybeFilter = (g: Generator, columns: readonly ScopeColumn[]): string =>
  g.d.below(3) === 2 ? write(writer(g, columns), 'bool') : '';

/** Output expressions over rows of one stream, grouped. */
function aggregateItems(g: Generator, columns: readonly ScopeColumn[]): readonly string[] {
  const items: string[] = [];
  for (const name of g.spotlight) {
    const aggregate = aggregates[name];
    const scalar = forms[name];
    if (aggregate !== undefined) items.push(aggregate.write(writer(g, columns, 1)));
    else if (scalar !== undefined) items.push(overScalar(scalar.write(writer(g, columns, 1)), scalar.gives, g));
  }
  const extra = 1 + g.d.below(2);
  for (let i = 0; i < extra; i++) {
    const form = aggregates[g.d.pick(['COUNT', 'SUM', 'MAX', 'MIN', 'AVG', 'COUNT_IF', 'MAX_BY'])];
    if (form !== undefined) items.push(form.write(writer(g, columns)));
  }
  if (g.d.oneIn(3)) items.push('SUM(price) / NULLIF(COUNT(*), 0)'.replace('price', columnOf(writer(g, columns), 'num') ?? '1'));
  if (g.d.oneIn(4)) items.push(`COUNT(*) + DATEDIFF(hour, MIN(${columnOf(writer(g, columns), 'time') ?? 'as_of()'}), as_of())`);
  return items;
}

function overScalar(expression: string, kind: Kind, g: Generator): string {
  if (kind === 'bool') return `COUNT_IF(${expression})`;
  if (kind === 'float') return `MAX(${expression})`;
  if (kind === 'list') return `MAX(ARRAY_TO_STRING(${expression}, '|'))`;
  return `${g.d.pick(['MAX', 'MIN'])}(${asOutput(expression, kind)})`;
}

/** A VARIANT cannot be an output. */
const asOutput = (expression: string, kind: Kind): string => (kind === 'json' ? `(${expression})::VARCHAR` : expression);

const listed = (items: readonly string[]): string => items.map((item, i) => `${item} AS o${i + 1}`).join(',\n  ');

const grouped: Shape = {
  name: 'grouped',
  make: (g) => {
    const columns = clicks('clicks');
    const key = g.d.pick(['who', 'who', 'item', 'who, item', 'LOWER(word)', "DATE_TRUNC('hour', at)"]);
    const having = g.d.oneIn(4)
      ? `\nHAVING ${g.d.pick(['COUNT(*) > 1', 'COUNT(*) >= 0', 'MAX(price) IS NOT NULL', 'SUM(qty) > 0 OR COUNT(*) = 0'])}`
      : '';
    const plain = /^[a-z, ]+$/.test(key);
    const names = plain ? key.split(', ') : ['e1'];
    const select = plain ? key : `${key} AS e1`;
    return {
      entity: names.join(', '),
      sql: `SELECT ${select},\n  ${listed(aggregateItems(g, columns))}\nFROM clicks\n${where(window(g, 'at'), maybeFilter(g, columns))}\nGROUP BY ${key}${having}`,
      header: having !== '' && g.d.oneIn(2) ? 'defaults: {o1: NULL}' : '',
    };
  },
};

const platform: Shape = {
  name: 'platform',
  make: (g) => ({
    entity: '',
    sql: `SELECT\n  ${listed(aggregateItems(g, likes('likes')))}\nFROM likes\n${where(window(g, 'likes.at'), maybeFilter(g, likes('likes')))}`,
  }),
};

const lastRow: Shape = {
  name: 'last row',
  make: (g) => {
    const columns = clicks('c');
    const items = rowItems(g, columns);
    return {
      entity: 'who',
      sql: `SELECT c.who,\n  ${listed(items)}\nFROM clicks AS c\n${where(window(g, 'c.at'), maybeFilter(g, columns))}\nQUALIFY ROW_NUMBER() OVER (PARTITION BY c.who ORDER BY ${write(writer(g, columns, 1), g.d.pick(['time', 'num', 'text'] as const))}${g.d.pick([' DESC', ''])}) = 1`,
    };
  },
};

function rowItems(g: Generator, columns: readonly ScopeColumn[]): readonly string[] {
  const shown = g.spotlight.flatMap((name) => {
    const form = forms[name] ?? windows[name];
    return form === undefined ? [] : [asOutput(form.write(writer(g, columns, 1)), form.gives)];
  });
  return [...shown, write(writer(g, columns), g.d.pick(['num', 'text', 'bool', 'time', 'date'] as const))];
}

/** Windows over rows in a CTE, then aggregated by the entity. */
const windowed: Shape = {
  name: 'windowed',
  make: (g) => {
    const columns = clicks('c');
    const chosen = [...g.spotlight.filter((n) => windows[n] !== undefined), g.d.pick(Object.keys(windows))];
    const items = chosen.flatMap((name, i) => {
      const form = windows[name];
      return form === undefined ? [] : [{ sql: `${form.write(writer(g, columns, 1))} AS w${i + 1}`, kind: form.gives, name: `w${i + 1}` }];
    });
    const outputs = items.map((item) => (item.kind === 'bool' ? `COUNT_IF(${item.name})` : `MAX(${item.name})`));
    return {
      entity: 'who',
      sql: `WITH marked AS (\n  SELECT c.who, c.price, c.at, ${items.map((i) => i.sql).join(', ')}\n  FROM clicks AS c\n  ${where(window(g, 'c.at'))}\n)\nSELECT who,\n  ${listed([...outputs, 'MAX_BY(price, at)'])}\nFROM marked\nGROUP BY who`,
    };
  },
};

const twoCtes: Shape = {
  name: 'two CTEs joined',
  make: (g) => {
    const join = g.d.pick(['LEFT JOIN', 'JOIN', 'FULL JOIN', 'FULL JOIN']);
    const key = join === 'FULL JOIN' ? 'COALESCE(a.who, b.who) AS who' : 'a.who';
    return {
      entity: 'who',
      sql: `WITH a AS (\n  SELECT who, COUNT(*) AS n, SUM(price) AS s\n  FROM clicks\n  ${where(window(g, 'at'))}\n  GROUP BY who\n),\nb AS (\n  SELECT who, COUNT(*) AS n, MAX(score) AS s\n  FROM likes\n  ${where(window(g, 'at'))}\n  GROUP BY who\n)\nSELECT ${key},\n  ${listed(['a.n', 'b.n', 'COALESCE(a.n, 0) - COALESCE(b.n, 0)', 'DIV0(a.s, b.s)'])}\nFROM a ${join} b ON a.who = b.who`,
      header: g.d.oneIn(2) ? 'defaults: {o1: 0, o3: -1}' : '',
    };
  },
};

const globalTotal: Shape = {
  name: 'global total',
  make: (g) => ({
    entity: 'who',
    sql: `WITH total AS (\n  SELECT COUNT(*) AS n, SUM(qty) AS q\n  FROM clicks\n  ${where(window(g, 'at'))}\n),\nown AS (\n  SELECT who, COUNT(*) AS n, SUM(qty) AS q\n  FROM clicks\n  ${where(window(g, 'at'))}\n  GROUP BY who\n)\nSELECT own.who,\n  ${listed(['own.n / NULLIF(total.n, 0)', 'total.n', 'DIV0(own.q, total.q)'])}\nFROM own CROSS JOIN total`,
  }),
};

const ranks: Shape = {
  name: 'ranks across entities',
  make: (g) => ({
    entity: 'who',
    sql: `WITH per AS (\n  SELECT who, COUNT(*) AS n, MAX(price) AS p\n  FROM clicks\n  ${where(window(g, 'at'))}\n  GROUP BY who\n)\nSELECT who,\n  ${listed(['n', 'RANK() OVER (ORDER BY n DESC)', 'ROW_NUMBER() OVER (ORDER BY p, who)', 'RATIO_TO_REPORT(n) OVER ()', 'LAG(n) OVER (ORDER BY n, who)', 'SUM(n) OVER (ORDER BY n RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)', 'DENSE_RANK() OVER (ORDER BY p DESC)', 'COUNT(DISTINCT p) OVER (PARTITION BY n)', 'COUNT(DISTINCT n) OVER ()'])}\nFROM per`,
  }),
};

const selfJoin: Shape = {
  name: 'self join',
  make: (g) => ({
    entity: 'item',
    sql: `SELECT mine.item,\n  ${listed(['COUNT(*)', 'COUNT(DISTINCT others.item)', 'MAX(others.price)', "LISTAGG(others.word, ',') WITHIN GROUP (ORDER BY mine.at, mine.click_id, others.at, others.click_id)"])}\nFROM clicks AS mine\n${g.d.pick(['JOIN', 'LEFT JOIN'])} clicks AS others ON others.who = mine.who AND others.item <> mine.item${g.d.oneIn(2) ? '' : ` AND others.at >= as_of() - INTERVAL '1 hour'`}\n${where(window(g, 'mine.at'))}\nGROUP BY mine.item`,
  }),
};

const tableRow: Shape = {
  name: 'table row',
  make: (g) => {
    const columns: readonly ScopeColumn[] = [
      { sql: 'items.label', kind: 'text' },
      { sql: 'items.cost', kind: 'num' },
      { sql: 'items.lsn', kind: 'num' },
      { sql: 'items.changed', kind: 'time' },
    ];
    const shown = rowItems(g, columns).filter((i) => !i.includes('OVER'));
    const join = g.d.pick(['LEFT JOIN', 'JOIN']);
    return {
      entity: 'item',
      sql: `WITH sold AS (\n  SELECT item, COUNT(*) AS n FROM clicks ${where(window(g, 'at'))} GROUP BY item\n)\nSELECT items.item,\n  ${listed([...shown, 'sold.n', 'items.cost * sold.n'])}\nFROM items ${join} sold ON sold.item = items.item`,
    };
  },
};

const history: Shape = {
  name: 'history',
  make: (g) => ({
    entity: 'who',
    sql: `SELECT c.who,\n  ${listed(['COUNT(*)', 'SUM(h.cost)', 'SUM(h.cost * c.qty)', 'MAX(h.valid_to)', 'MIN(h.valid_from)', 'COUNT(h.label)'])}\nFROM clicks AS c\n${g.d.pick(['JOIN items_history AS h ON h.item = c.item AND h.valid_from < c.at AND (h.valid_to IS NULL OR c.at <= h.valid_to)', 'LEFT JOIN items_history AS h ON h.item = c.item AND h.valid_from < c.at AND (h.valid_to IS NULL OR c.at <= h.valid_to)', ...['>=', '>', '<', '<='].map((op) => `ASOF JOIN items_history AS h MATCH_CONDITION (c.at ${op} h.valid_from) ON c.item = h.item`)])}\n${where(window(g, 'c.at'), g.d.pick(['', '', 'h.label IS NULL', 'h.cost > 5', '(h.cost IS NULL OR h.lsn > 1)']))}\nGROUP BY c.who`,
  }),
};

/** The nearest of rows that are there once per key. */
const nearest: Shape = {
  name: 'nearest',
  make: (g) => ({
    entity: 'who',
    sql: `SELECT c.who,\n  ${listed(['COUNT(*)', 'SUM(i.cost)', 'COUNT(i.label)', 'MAX(i.changed)'])}\nFROM clicks AS c\nASOF JOIN items AS i MATCH_CONDITION (c.at ${g.d.pick(['>=', '>', '<', '<='])} i.changed) ON c.item = i.item\n${where(window(g, 'c.at'), g.d.pick(['', 'i.label IS NULL', 'i.cost > 5', '(i.cost IS NULL OR i.lsn > 1)']))}\nGROUP BY c.who`,
  }),
};

const versions: Shape = {
  name: 'history counted',
  make: () => ({
    entity: 'item',
    sql: `SELECT item,\n  ${listed(['COUNT(*)', 'MAX(valid_from)', 'COUNT(valid_to)', 'MAX(cost)'])}\nFROM items_history\nGROUP BY item`,
  }),
};

const unions: Shape = {
  name: 'union',
  make: (g) => ({
    entity: 'who',
    sql: `WITH both AS (\n  SELECT who, price AS v, at, 'c' AS src FROM clicks ${where(window(g, 'at'))}\n  UNION ALL\n  SELECT who, score, at, 'l' FROM likes ${where(window(g, 'at'), maybeFilter(g, likes('likes')))}\n)\nSELECT who,\n  ${listed(['COUNT(*)', 'SUM(v)', 'AVG(v)', "COUNT_IF(src = 'l')", 'MEDIAN(v)'])}\nFROM both\nGROUP BY who`,
  }),
};

const subqueries: Shape = {
  name: 'subqueries',
  make: (g) => {
    const list = g.d.pick([
      'SELECT item FROM likes',
      `SELECT item FROM likes ${where(window(g, 'at'), 'item IS NOT NULL')}`,
      'SELECT DISTINCT item FROM likes WHERE score > 0',
    ]);
    const condition = g.d.pick([
      `item IN (${list})`,
      `item NOT IN (${list})`,
      `price > (SELECT AVG(score) FROM likes)`,
      'EXISTS (SELECT 1 FROM likes)',
      'NOT EXISTS (SELECT 1 FROM likes WHERE score > 10)',
      'TRUE',
    ]);
    return {
      entity: 'who',
      sql: `SELECT who,\n  ${listed(['COUNT(*)', `COUNT_IF(item IN (${list}))`, `COUNT_IF(item NOT IN (${list}))`, 'MAX(price) - (SELECT MAX(score) FROM likes)', '(SELECT COUNT(*) FROM likes)'])}\nFROM clicks\n${where(window(g, 'at'), condition)}\nGROUP BY who${g.d.oneIn(4) ? '\nHAVING COUNT(*) > (SELECT COUNT(*) FROM likes WHERE score < 0)' : ''}`,
    };
  },
};

/** Subqueries that read the row around them. */
const correlated: Shape = {
  name: 'correlated',
  make: (g) => {
    const link = g.d.pick([
      'l.item = c.item',
      'l.who = c.who',
      'l.item = c.item AND l.at < c.at',
      'l.at >= c.at',
      '(l.word IS NOT DISTINCT FROM c.word)',
      'l.item = c.item AND l.score > c.price',
    ]);
    const more = g.d.pick(['', '', ' AND l.score > 0']);
    const source = `FROM likes AS l WHERE ${link}${more}`;
    const condition = g.d.pick([
      `EXISTS (SELECT 1 ${source})`,
      `NOT EXISTS (SELECT 1 ${source})`,
      `c.item IN (SELECT l.item ${source})`,
      `c.item NOT IN (SELECT l.item ${source})`,
      '(c.item, c.word) IN (SELECT l.item, l.word FROM likes AS l)',
      '(c.item, c.who) NOT IN (SELECT l.item, l.who FROM likes AS l WHERE l.score > 0)',
      `(SELECT COUNT(*) ${source}) > 0`,
      `(SELECT MAX(l.score) ${source}) > c.price`,
      'TRUE',
    ]);
    const latest = `(SELECT l.score ${source} QUALIFY ROW_NUMBER() OVER (ORDER BY l.at DESC, l.score) = 1)`;
    return {
      entity: 'who',
      sql: `WITH marked AS (\n  SELECT c.who, c.price,\n    (SELECT COUNT(*) ${source}) AS n,\n    (SELECT SUM(l.score) + c.qty ${source}) AS s,\n    ${latest} AS last_score,\n    (SELECT i.cost FROM items AS i WHERE i.item = c.item) AS cost,\n    (c.item, ${g.d.pick(['c.word', "'a'", 'NULL'])}) ${g.d.pick(['IN', 'NOT IN'])} (SELECT i.item, i.label FROM items AS i) AS labelled\n  FROM clicks AS c\n  ${where(window(g, 'c.at'), condition)}\n)\nSELECT who,\n  ${listed(['COUNT(*)', 'SUM(n)', 'MAX(s)', 'SUM(last_score)', 'SUM(price - cost)', 'COUNT_IF(labelled)', 'COUNT(labelled)'])}\nFROM marked\nGROUP BY who`,
    };
  },
};

/** Elements as rows beside the row that holds them. */
const flattened: Shape = {
  name: 'flattened',
  make: (g) => {
    const json = g.d.oneIn(2);
    const input = json
      ? g.d.pick(['c.extra', 'c.extra:c', 'c.extra:d', 'c.extra[3]'])
      : g.d.pick(["SPLIT(c.word, ',')", "['a', 'b', 'a']"]);
    const outer = g.d.pick(['', ', OUTER => TRUE']);
    const key = json ? 'f.key' : 'f.value::VARCHAR';
    const condition = g.d.pick(['', '', 'f.index > 0', 'f.value IS NOT NULL', `${key} > 'b'`, 'c.price > 0']);
    return {
      entity: 'who',
      sql: `WITH parts AS (\n  SELECT c.who, c.price, f.index AS place, ${key} AS k, f.value::VARCHAR AS v\n  FROM clicks AS c${g.d.pick([', ', ' CROSS JOIN ', ' JOIN '])}LATERAL FLATTEN(INPUT => ${input}${outer}) AS f\n  ${where(window(g, 'c.at'), condition)}\n)\nSELECT who,\n  ${listed(['COUNT(*)', 'COUNT(v)', 'MAX(k)', 'SUM(place)', 'MAX(price)', 'ARRAY_AGG(v) WITHIN GROUP (ORDER BY v DESC)', "LISTAGG(k, '|') WITHIN GROUP (ORDER BY place, k)"])}\nFROM parts\nGROUP BY who`,
    };
  },
};

/** Branches compared as rows. */
const setOperation: Shape = {
  name: 'set operation',
  make: (g) => ({
    entity: 'who',
    sql: `WITH both AS (\n  SELECT who, item, word FROM clicks ${where(window(g, 'at'))}\n  ${g.d.pick(['UNION', 'INTERSECT', 'EXCEPT'])}\n  SELECT who, item, ${g.d.pick(['word', 'NULL', "'a'"])} FROM likes ${where(window(g, 'at'))}\n)\nSELECT who,\n  ${listed(['COUNT(*)', 'COUNT(item)', 'SUM(item)', 'MAX(word)'])}\nFROM both\nGROUP BY who`,
  }),
};

/** One CTE read twice: once by entity, once over everyone. */
const sharedCte: Shape = {
  name: 'shared CTE',
  make: (g) => ({
    entity: 'who',
    sql: `WITH seen AS (\n  SELECT who, price, at FROM clicks ${where(window(g, 'at'))}\n),\n${g.d.pick([
      'everyone AS (\n  SELECT COUNT(*) AS n, MAX(price) AS top FROM seen\n)',
      "everyone AS (\n  SELECT COUNT(*) AS n, MAX(price) AS top FROM seen WHERE at >= as_of() - INTERVAL '2 hours'\n)",
    ])},\nown AS (\n  SELECT who, COUNT(*) AS n, MAX(price) AS top FROM seen GROUP BY who\n)\nSELECT own.who,\n  ${listed(['own.n', 'everyone.n', 'everyone.top - own.top', 'DIV0(own.n, everyone.n)'])}\nFROM own CROSS JOIN everyone`,
  }),
};

/** WHERE on the side that a left join pads. */
const padded: Shape = {
  name: 'padded side',
  make: (g) => {
    const condition = g.d.pick([
      'l.score IS NULL',
      'l.score > 0',
      'COALESCE(l.score, 0) < 5',
      'l.word IS NULL OR l.score < 0',
      "l.at >= as_of() - INTERVAL '1 hour'",
      'NOT (l.score > 0)',
    ]);
    return {
      entity: 'who',
      sql: `SELECT c.who,\n  ${listed(['COUNT(*)', 'COUNT(l.who)', 'SUM(l.score)', 'MAX(c.price)'])}\nFROM clicks AS c\nLEFT JOIN likes AS l ON l.item = c.item${g.d.pick(['', ' AND l.score > 2', ' AND l.at >= c.at'])}\n${where(window(g, 'c.at'), `(${condition})`)}\nGROUP BY c.who`,
    };
  },
};

const distinctRows: Shape = {
  name: 'distinct',
  make: (g) => ({
    entity: 'who',
    sql: `WITH pairs AS (\n  SELECT DISTINCT who, item, ok FROM clicks ${where(window(g, 'at'))}\n)\nSELECT who,\n  ${listed(['COUNT(*)', 'COUNT(item)', 'SUM(item)', "LISTAGG(item::VARCHAR, ',') WITHIN GROUP (ORDER BY who, item, ok)"])}\nFROM pairs\nGROUP BY who`,
  }),
};

const nested: Shape = {
  name: 'derived tables',
  make: (g) => ({
    entity: 'who, item',
    sql: `SELECT x.who, x.item,\n  ${listed(['x.n', 'y.best', 'x.n / NULLIF(y.n, 0)', 'CASE WHEN y.n > 1 THEN x.n / y.n ELSE 0 END'])}\nFROM (SELECT who, item, COUNT(*) AS n FROM clicks ${where(window(g, 'at'))} GROUP BY 1, 2) AS x\nLEFT JOIN (SELECT who, COUNT(*) AS n, MAX(price) AS best FROM clicks ${where(window(g, 'at'))} GROUP BY who) AS y USING (who)`,
  }),
};

/** Rows turned into columns, and columns into rows. */
const turned: Shape = {
  name: 'pivot',
  make: (g) => ({
    entity: 'who',
    sql: `WITH wide AS (\n  SELECT * FROM (SELECT who, item, price FROM clicks ${where(window(g, 'at'))})\n  PIVOT (${g.d.pick(['SUM', 'AVG', 'MIN', 'MAX', 'COUNT'])}(price) FOR item IN (1 AS i1, 2 AS i2, 3 AS i3)${g.d.pick(['', '', ' DEFAULT ON NULL (0)'])})\n),\ntall AS (\n  SELECT who, kind, v\n  FROM (SELECT who, MAX(price) AS high, MIN(price) AS low, SUM(CASE WHEN ok THEN price END)::${g.d.pick(['NUMBER(38,2)', 'NUMBER(38,4)'])} AS sum_ok FROM clicks ${where(window(g, 'at'))} GROUP BY who)\n  UNPIVOT ${g.d.pick(['', 'INCLUDE NULLS ', 'EXCLUDE NULLS '])}(v FOR kind IN (${g.d.pick(['high, low', 'low, high', 'sum_ok'])}))\n),\nper AS (\n  SELECT who, COUNT(*) AS n, SUM(v) AS s, LISTAGG(kind, '+') WITHIN GROUP (ORDER BY v DESC, kind) AS kinds FROM tall GROUP BY who\n)\nSELECT who,\n  ${listed(['wide.i1', 'wide.i2', 'wide.i3', 'per.n', 'per.s', 'per.kinds'])}\nFROM wide ${g.d.pick(['JOIN', 'LEFT JOIN', 'FULL JOIN'])} per USING (who)`,
  }),
};

/** Totals beside their parts. */
const rolledUp: Shape = {
  name: 'grouping sets',
  make: (g) => ({
    entity: 'who',
    sql: `WITH totals AS (\n  SELECT who, item, ok, ${g.d.pick(['COALESCE(item, -1)', 'item + 1', 'IFF(ok, 1, 0)', 'MAX(item)'])} AS x, COUNT(*) AS n, SUM(price) AS s, COUNT(item) AS items, GROUPING_ID(item, ok) AS g\n  FROM clicks\n  ${where(window(g, 'at'))}\n  GROUP BY ${g.d.pick(['who, ROLLUP (item, ok)', 'who, CUBE (item, ok)', 'who, GROUPING SETS (item, ok, ())', 'GROUPING SETS ((who, item, ok), (item), (who, ok))', 'who, ROLLUP ((item, ok))'])}${g.d.pick(['', '', '\n  HAVING COUNT(*) > 1', '\n  HAVING ok OR GROUPING(ok) = 1'])}\n)\nSELECT who,\n  ${listed(['COUNT(*)', 'SUM(n * (g + 1))', 'MAX(CASE WHEN g = 3 THEN s END)', 'SUM(CASE WHEN item IS NULL THEN items END)', 'SUM(x)', 'COUNT(x)'])}\nFROM totals\nGROUP BY who`,
  }),
};

/** A derived table that reads the relation before it. */
const lateral: Shape = {
  name: 'lateral',
  make: (g) => ({
    entity: 'who',
    sql: `SELECT c.who,\n  ${listed(['COUNT(*)', 'COUNT(l.score)', 'SUM(l.score)', 'MAX(l.x)', 'SUM(c.price)'])}\nFROM clicks AS c\n${g.d.pick(['CROSS JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN'])} LATERAL (\n  SELECT score, ${g.d.pick(['word', "COALESCE(word, '-')", 'LENGTH(word)'])} AS x FROM likes WHERE ${g.d.pick(['item = c.item', 'item = c.item AND word IS NOT NULL', 'who = c.who AND at < c.at', 'item IS NOT DISTINCT FROM c.item', 'item = c.item + 1 OR score > c.price', 'item = c.item AND c.ok'])}\n) AS l ON ${g.d.pick(['TRUE', 'TRUE', 'l.score > 0', 'l.score > c.qty'])}\n${where(window(g, 'c.at'))}\nGROUP BY c.who`.replace(
      /(CROSS JOIN LATERAL [^]*?\) AS l) ON .*/,
      '$1',
    ),
  }),
};

const shapes: readonly Shape[] = [
  grouped,
  grouped,
  lastRow,
  windowed,
  grouped,
  platform,
  twoCtes,
  globalTotal,
  ranks,
  selfJoin,
  tableRow,
  history,
  nearest,
  versions,
  unions,
  subqueries,
  correlated,
  setOperation,
  flattened,
  sharedCte,
  padded,
  distinctRows,
  nested,
  turned,
  rolledUp,
  lateral,
];

/**
 * Windows and aggregates stand between the scalars, so that every case shows some of each.
 * What Postgres has comes first, and of ClickHouse nothing else comes: one function that it lacks takes the whole case from an engine.
 */
function orderFor(engine: Engine): readonly string[] {
  // Seldom with a value: these need more rows than most groups have.
  const twice = [
    'CORR',
    'REGR_SLOPE',
    'REGR_INTERCEPT',
    'REGR_R2',
    'COVAR_SAMP',
    'LEAD',
    'LEAD IGNORE NULLS',
    'LAG IGNORE NULLS',
    'STDDEV',
    'NTH_VALUE',
    'NTH_VALUE IGNORE NULLS',
  ];
  const rare = [...twice, ...Object.keys(aggregates), ...Object.keys(windows)];
  const mixed = Object.keys(forms).flatMap((name, i) => [name, ...(i % 2 === 0 ? [rare[(i / 2) % rare.length] as string] : [])]);
  const had = new Set(functionRows.filter((row) => hasSql(row.sql, engine)).map((row) => row.name));
  const lacked = engine === 'clickhouse' ? [] : mixed.filter((name) => !had.has(name));
  return [...mixed.filter((name) => had.has(name)), ...lacked];
}

const orders = new Map<Engine, readonly string[]>();

function spotlightsFor(engine: Engine): readonly string[] {
  const order = orders.get(engine) ?? orderFor(engine);
  orders.set(engine, order);
  return order;
}

/** Functions in one case: enough for each to have its turns. */
const shown = 20;

function spotlightOf(turn: number, engine: Engine): readonly string[] {
  const spotlights = spotlightsFor(engine);
  return Array.from({ length: shown }, (_, k) => spotlights[(turn * shown + k) % spotlights.length] as string);
}

/** `turn`: which functions are to be shown, where they are not named; every function has its turns. */
export function drawFeature(d: Draw, turn: number, engine: Engine, spotlight = spotlightOf(turn, engine)): Generated {
  const wantsWindow = spotlight.some((s) => windows[s] !== undefined);
  const shape =
    wantsWindow && d.below(6) === 0
      ? d.pick([windowed, lastRow])
      : d.below(5) < 2
        ? d.pick([grouped, platform, grouped, lastRow])
        : (shapes[Math.floor(turn / 2 + d.below(2) * 7) % shapes.length] as Shape);
  const made = shape.make({ d, spotlight });
  const include = d.oneIn(6) ? 'include_as_of: true\n' : '';
  const header = `entity: [${made.entity}]\n${include}${made.header === undefined || made.header === '' ? '' : `${made.header}\n`}`;
  return { shape: shape.name, sql: made.sql, text: `/*---\n${header}---*/\n${made.sql}\n` };
}
