/**
 * Is this one SELECT that reads nothing but the tables it may read? Asked of DuckDB's own tree of the statement. What runs it is
 * closed as well (no files, no network, no writing); here is said why, and before anything is kept.
 */
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { RequestError } from '../request-error.ts';
import { placeAt, placeOfCharacter } from './place.ts';

export interface Readable {
  /** As they are written, each once. */
  readonly tables: readonly string[];
  /** Lower case. */
  readonly parameters: ReadonlySet<string>;
  /** It says itself how many rows it wants. */
  readonly hasLimit: boolean;
}

type Node = { readonly [key: string]: Json };

const tableFunctions = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree']);
/** They say how the server is set up, write to its log, change the connection, or sleep. */
const closedFunctions = new Set([
  'current_setting',
  'getenv',
  'getvariable',
  'current_query',
  'current_connection_id',
  'write_log',
  'nextval',
  'currval',
  'setseed',
  'sleep_ms',
]);

/** Expressions within expressions. DuckDB allows 1000, and plans them for half a minute that nobody can interrupt. */
const deepest = 200;

const onlySelect = 'a query lambda is one SELECT';

/** `tree`: what DuckDB made of `sql`; `known`: the tables that may be read, upper case. Refused with QUERY_ERROR. */
export function readable(sql: string, tree: Json, known: ReadonlySet<string>): Readable {
  const place = (node: Node) => (typeof node['query_location'] === 'number' ? placeAt(sql, node['query_location']) : undefined);
  const refused = (message: string, hint: string, node: Node): RequestError => new RequestError('QUERY_ERROR', message, hint, place(node));
  if (!isObject(tree) || tree['error'] !== false) throw unreadable(sql, isObject(tree) ? tree : {});
  const statements = Array.isArray(tree['statements']) ? (tree['statements'] as readonly Json[]) : [];
  const [statement] = statements;
  if (statements.length !== 1 || !isObject(statement))
    throw new RequestError('QUERY_ERROR', `${onlySelect}, and this are ${statements.length}`);
  const tables = new Set<string>();
  const parameters = new Set<string>();
  const table = (node: Node, scope: ReadonlySet<string>): void => {
    const name = String(node['table_name'] ?? '');
    const isQualified = node['schema_name'] !== undefined || node['catalog_name'] !== undefined;
    if (!isQualified && scope.has(name.toLowerCase())) return;
    if (isQualified || !known.has(name.toUpperCase()))
      throw refused(`there is no table ${name}`, `the tables are ${[...known].join(', ') || 'none'}`, node);
    tables.add(name.toUpperCase());
  };
  const call = (node: Node): void => {
    const name = String(node['function_name'] ?? '').toLowerCase();
    if (closedFunctions.has(name)) throw refused(`${name} is not for query lambdas`, 'leave it out', node);
  };
  const walk = (value: Json, outer: ReadonlySet<string>, above = 0): void => {
    if (Array.isArray(value)) {
      for (const one of value as readonly Json[]) walk(one, outer, above);
      return;
    }
    if (!isObject(value)) return;
    const depth = value['class'] === undefined ? above : above + 1;
    if (depth > deepest) throw refused(`expressions are nested more than ${deepest} deep`, 'a query in several steps (WITH)', value);
    let scope = outer;
    const { cte_map: ctes, ...rest } = value;
    for (const { name, query, isRecursive } of ctesIn(ctes)) {
      const within = new Set(scope).add(name);
      walk(query, isRecursive ? within : scope, depth);
      scope = within;
    }
    if (value['type'] === 'BASE_TABLE') table(value, scope);
    else if (value['type'] === 'SHOW_REF') throw refused(onlySelect, 'DESCRIBE, SHOW and SUMMARIZE are none', value);
    else if (value['type'] === 'TABLE_FUNCTION') {
      const of = value['function'];
      const name = isObject(of) ? String(of['function_name'] ?? '').toLowerCase() : '';
      if (!tableFunctions.has(name)) throw refused(`${name} is not for query lambdas`, `${[...tableFunctions].join(', ')} are`, value);
    } else if (value['class'] === 'FUNCTION' || value['class'] === 'WINDOW') call(value);
    else if (value['class'] === 'PARAMETER') parameters.add(String(value['identifier']).toLowerCase());
    for (const inner of Object.values(rest)) walk(inner, scope, depth);
  };
  walk(statement, new Set());
  return { tables: [...tables], parameters, hasLimit: limits(statement['node']) };
}

/** A CTE sees those before it; itself only if it is recursive. */
function ctesIn(ctes: Json | undefined): readonly { readonly name: string; readonly query: Json; readonly isRecursive: boolean }[] {
  const map = isObject(ctes) && Array.isArray(ctes['map']) ? (ctes['map'] as readonly Json[]) : [];
  return map.flatMap((entry) => {
    if (!isObject(entry) || entry['value'] === undefined) return [];
    const { value: query } = entry;
    const of = isObject(query) && isObject(query['query']) ? query['query']['node'] : undefined;
    return [{ name: String(entry['key']).toLowerCase(), query, isRecursive: isObject(of) && of['type'] === 'RECURSIVE_CTE_NODE' }];
  });
}

function limits(node: Json | undefined): boolean {
  const modifiers = isObject(node) && Array.isArray(node['modifiers']) ? (node['modifiers'] as readonly Json[]) : [];
  return modifiers.some((m) => isObject(m) && (m['type'] === 'LIMIT_MODIFIER' || m['type'] === 'LIMIT_PERCENT_MODIFIER'));
}

function unreadable(sql: string, { error_type: kind, error_message: message, position }: Node): RequestError {
  if (kind === 'not implemented') return new RequestError('QUERY_ERROR', onlySelect, 'it writes nothing, sets nothing and loads nothing');
  const at = Number(position ?? Number.NaN);
  return new RequestError(
    'QUERY_ERROR',
    String(message ?? 'this is no SQL'),
    undefined,
    Number.isInteger(at) ? placeOfCharacter(sql, at) : undefined,
  );
}
