/** The setup statements of a case, carried out on our own evaluator. */
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { type SqlType, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { arranged, LimitCutsTies } from './arrange.ts';
import { columnType, intoColumn } from './into-column.ts';
import { NotSupported } from './not-supported.ts';
import { alterSession, type Setting } from './session-parameters.ts';
import { type Cursor, startCursor } from './statement-text.ts';
import { Refused, type Relation, referenceRows, statementOf, type World, worldOf } from './world.ts';

export type Setup =
  | { readonly kind: 'ready'; readonly world: World; readonly settings: readonly Setting[] }
  | { readonly kind: 'unsupported'; readonly reason: string };

interface State {
  readonly tables: Map<string, Relation>;
  /** Their text: a view sees its tables as they are when it is read. */
  readonly views: Map<string, string>;
  readonly settings: Setting[];
}

export function setUp(statements: readonly string[]): Setup {
  const state: State = { tables: new Map(), views: new Map(), settings: [] };
  try {
    for (const text of statements) carryOut(text, state);
    return { kind: 'ready', world: worldNow(state), settings: state.settings };
  } catch (thrown) {
    if (thrown instanceof NotSupported || thrown instanceof Refused || thrown instanceof EvaluationError || thrown instanceof LimitCutsTies)
      return { kind: 'unsupported', reason: thrown.message };
    throw thrown;
  }
}

function worldNow({ tables, views }: State): World {
  const relations = new Map(tables);
  for (const [name, text] of views) relations.set(name, evaluated(text, worldOf(relations)));
  return worldOf(relations);
}

function carryOut(text: string, state: State): void {
  const cursor = startCursor(text);
  if (cursor.skip('CREATE')) create(cursor, state);
  else if (cursor.skip('INSERT')) insert(cursor, state);
  else if (cursor.skip('UPDATE')) update(cursor, state);
  else if (cursor.skip('DELETE', 'FROM')) remove(cursor, state);
  else if (cursor.skip('TRUNCATE')) truncate(cursor, state);
  else if (cursor.skip('DROP')) drop(cursor, state);
  else if (cursor.skip('ALTER', 'SESSION')) state.settings.push(...alterSession(cursor));
  else throw new NotSupported(`the statement ${cursor.peek()} ${cursor.peek(1)}`);
  if (!cursor.atEnd()) throw new NotSupported(`\`${cursor.peek()}\` at the end of a setup statement`);
}

function create(cursor: Cursor, state: State): void {
  cursor.skip('OR', 'REPLACE');
  while (['TEMP', 'TEMPORARY', 'TRANSIENT', 'VOLATILE', 'LOCAL', 'GLOBAL', 'SECURE'].some((word) => cursor.skip(word)));
  const view = cursor.skip('VIEW');
  if (!view) cursor.expect('TABLE');
  const exists = cursor.skip('IF', 'NOT', 'EXISTS');
  const name = cursor.name();
  if (exists && (state.tables.has(name) || state.views.has(name))) return void cursor.until();
  state.views.delete(name);
  if (view) {
    if (cursor.peek() === '(') throw new NotSupported('a view with a column list');
    cursor.expect('AS');
    state.tables.delete(name);
    state.views.set(name, cursor.until());
    return;
  }
  const declared = cursor.peek() === '(' ? cursor.list().filter(isColumn).map(columnOf) : null;
  const query = cursor.skip('AS') ? evaluated(cursor.until(), worldNow(state)) : null;
  if (query === null && declared === null) throw new NotSupported(`a table by ${cursor.peek()}`);
  const columns = declared ?? query?.columns ?? [];
  const rows =
    query === null
      ? []
      : fitted(
          query,
          columns.map((c) => c.type),
        );
  state.tables.set(name, { columns, rows });
}

const isColumn = (definition: string): boolean => !/^(CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|CHECK)\b/i.test(definition);

function columnOf(definition: string): Relation['columns'][number] {
  const cursor = startCursor(definition);
  const name = cursor.name();
  return { name, type: columnType(cursor.until()) };
}

function insert(cursor: Cursor, state: State): void {
  cursor.expect('INTO');
  cursor.skip('TABLE');
  const name = cursor.name();
  const table = tableOf(name, state);
  const targets =
    cursor.peek() === '(' ? cursor.list().map((text) => indexOf(startCursor(text).name(), table)) : table.columns.map((_, i) => i);
  const types = targets.map((i) => table.columns[i]?.type ?? varchar);
  const world = worldNow(state);
  const given: (readonly Value[])[] = [];
  if (cursor.skip('VALUES')) {
    do given.push(...fitted(evaluated(`SELECT ${cursor.list().join(', ')}`, world), types));
    while (cursor.skip(','));
  } else given.push(...fitted(evaluated(cursor.until(), world), types));
  const added = given.map((row) => table.columns.map((_, i) => row[targets.indexOf(i)] ?? null));
  state.tables.set(name, { ...table, rows: [...table.rows, ...added] });
}

function update(cursor: Cursor, state: State): void {
  const name = cursor.name();
  const table = tableOf(name, state);
  const alias = cursor.peek() === 'SET' ? '' : ` AS ${cursor.name()}`;
  cursor.expect('SET');
  const assignments = cursor.parts('WHERE', 'FROM').map((text) => {
    const inner = startCursor(text);
    const column = indexOf(inner.name(), table);
    inner.expect('=');
    return { column, text: inner.until() };
  });
  if (cursor.peek() === 'FROM') throw new NotSupported('UPDATE … FROM');
  const wanted = [conditionOf(cursor), ...assignments.map((a) => a.text)];
  const found = evaluated(`SELECT ${wanted.join(', ')} FROM ${quoted(name)}${alias}`, worldNow(state));
  const rows = table.rows.map((row, r) => {
    const values = found.rows[r] ?? [];
    if (values[0] !== true) return row;
    return row.map((old, i) => {
      const a = assignments.findIndex((assignment) => assignment.column === i);
      return a < 0 ? old : intoColumn(values[a + 1] ?? null, found.columns[a + 1]?.type ?? varchar, table.columns[i]?.type ?? varchar);
    });
  });
  state.tables.set(name, { ...table, rows });
}

function remove(cursor: Cursor, state: State): void {
  const name = cursor.name();
  const table = tableOf(name, state);
  const found = evaluated(`SELECT ${conditionOf(cursor)} FROM ${quoted(name)}`, worldNow(state));
  state.tables.set(name, { ...table, rows: table.rows.filter((_, r) => found.rows[r]?.[0] !== true) });
}

function conditionOf(cursor: Cursor): string {
  return cursor.skip('WHERE') ? `(${cursor.until()})` : 'TRUE';
}

function truncate(cursor: Cursor, state: State): void {
  cursor.skip('TABLE');
  const name = cursor.name();
  state.tables.set(name, { ...tableOf(name, state), rows: [] });
}

function drop(cursor: Cursor, state: State): void {
  if (!cursor.skip('TABLE') && !cursor.skip('VIEW')) throw new NotSupported(`DROP ${cursor.peek()}`);
  cursor.skip('IF', 'EXISTS');
  const name = cursor.name();
  state.tables.delete(name);
  state.views.delete(name);
}

function tableOf(name: string, { tables }: State): Relation {
  const table = tables.get(name);
  if (table === undefined) throw new NotSupported(`nothing was created as ${name}`);
  return table;
}

function indexOf(column: string, { columns }: Relation): number {
  const index = columns.findIndex((c) => c.name === column);
  if (index < 0) throw new NotSupported(`there is no column ${column}`);
  return index;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function evaluated(sql: string, world: World): Relation {
  const statement = statementOf(sql, world);
  const shown = statement.outputs.slice(0, statement.shown);
  const rows = arranged(referenceRows(statement, world), statement).flat();
  return { columns: shown.map(({ name, type }) => ({ name, type: type.kind === 'null' ? varchar : type })), rows };
}

function fitted({ columns, rows }: Relation, types: readonly SqlType[]): readonly (readonly Value[])[] {
  if (columns.length !== types.length) throw new NotSupported(`${columns.length} values for ${types.length} columns`);
  return rows.map((row) => row.map((value, i) => intoColumn(value, columns[i]?.type ?? varchar, types[i] ?? varchar)));
}
