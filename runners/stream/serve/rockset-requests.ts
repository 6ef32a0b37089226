/** What clients of query lambdas send, read: the SQL of a version, and what an execution is given. */
import type { Json } from '../../../compiler/functions/json-values.ts';
import type { DefaultParameter } from '../registry/journal.ts';
import { RequestError } from '../request-error.ts';
import { boundParameter, parameterType } from '../sql/parameter-values.ts';
import type { GivenParameter, SqlAsking, SqlDefinition } from '../sql/sql-lambdas.ts';
import { leaf, member, type Tree } from '../wire/tree.ts';

const defaultMilliseconds = 10_000;
const mostMilliseconds = 120_000;
const mostParameters = 1000;
const longestSql = 65_536;

/** Of workspaces, lambdas and tags. */
export function nameGiven(what: string, name: Json | undefined): string {
  if (typeof name === 'string' && /^[A-Za-z0-9_][\w.-]{0,199}$/.test(name)) return name;
  throw new RequestError('INVALIDINPUT', `${what} is a name of letters, digits, _, - and .`, 'it begins with a letter, a digit or _');
}

export function sqlGiven(body: Tree): SqlDefinition {
  if (member(body, 'is_public')?.value === true)
    throw new RequestError('INVALIDINPUT', 'public query lambdas are not supported', 'give whoever asks a key of the role read');
  const given = member(body, 'sql');
  const sql = given === undefined ? undefined : member(given, 'query')?.value;
  if (typeof sql !== 'string' || sql.trim() === '')
    throw new RequestError('INVALIDINPUT', '`sql.query` is missing', 'a version is its SQL and its parameters');
  if (sql.length > longestSql) throw new RequestError('INVALIDINPUT', `the SQL is longer than ${longestSql} characters`);
  const parameters = parametersIn(given, 'default_parameters').map(({ name, type, value }): DefaultParameter => {
    const known = parameterType(name, type ?? 'string');
    boundParameter(name, known, value);
    return { name, type: known, value: textOf(name, value) };
  });
  return { kind: 'sql', sql, parameters };
}

export function descriptionGiven(body: Tree): string | null {
  const description = member(body, 'description')?.value ?? null;
  if (description !== null && typeof description !== 'string') throw new RequestError('INVALIDINPUT', '`description` is no text');
  return description;
}

const notGiven = {
  async: 'answers come at once',
  paginate: 'answers come whole',
  max_initial_results: 'answers come whole: default_row_limit',
};

export function executionGiven(body: Tree): SqlAsking {
  for (const [name, instead] of Object.entries(notGiven)) {
    const value = member(body, name)?.value ?? false;
    if (value !== false) throw new RequestError('INVALIDINPUT', `\`${name}\` is not supported`, instead);
  }
  const timeout = wholeIn(body, 'timeout_ms');
  return {
    parameters: parametersIn(body, 'parameters'),
    rowLimit: wholeIn(body, 'default_row_limit'),
    milliseconds: timeout === undefined ? defaultMilliseconds : Math.min(timeout, mostMilliseconds),
  };
}

function wholeIn(body: Tree, name: string): number | undefined {
  const value = member(body, name)?.value ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new RequestError('INVALIDINPUT', `\`${name}\` is no whole number above 0`);
}

function parametersIn(of: Tree | undefined, list: string): readonly GivenParameter[] {
  const found = of === undefined ? undefined : member(of, list);
  if (found === undefined || found.value === null) return [];
  const { value: values, exact } = found;
  if (!Array.isArray(values) || values.length > mostParameters)
    throw new RequestError('INVALIDINPUT', `\`${list}\` is no list of parameters`, 'each has a name, a type and a value');
  const names = new Set<string>();
  return values.map((value: Json, i): GivenParameter => {
    const one: Tree = { value, exact: (Array.isArray(exact) ? (exact[i] as Json | undefined) : null) ?? null };
    const [name, type, given] = [member(one, 'name')?.value, member(one, 'type')?.value ?? undefined, member(one, 'value')];
    if (typeof name !== 'string' || name === '' || given === undefined || (type !== undefined && typeof type !== 'string'))
      throw new RequestError('INVALIDINPUT', `${list}[${i}] is no parameter`, 'it has a name, a type and a value');
    if (names.has(name.toLowerCase())) throw new RequestError('INVALIDINPUT', `\`${list}\` has the parameter ${name} twice`);
    names.add(name.toLowerCase());
    return { name, type, value: leaf(given) };
  });
}

/** As texts are what a client sends. */
export function textOf(name: string, value: GivenParameter['value']): string {
  if (typeof value === 'boolean') return String(value);
  if (value !== null && value.kind !== 'other') return value.text;
  throw new RequestError('INVALIDINPUT', `the value of the parameter ${name} is no text`);
}
