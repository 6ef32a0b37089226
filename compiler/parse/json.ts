/** The parser's JSON is nobody's promise: it is read through these, and whatever is not expected is refused. */

export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;
export interface JsonRecord {
  readonly [key: string]: Json;
}

export function record(json: Json): JsonRecord {
  return json !== null && typeof json === 'object' && !isList(json) ? json : {};
}

export function list(json: Json): readonly Json[] {
  return isList(json) ? json : [];
}

export function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** Asked some 500 times for a feature, so nothing is called. */
export function field(json: Json, key: string): Json {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? ((json as JsonRecord)[key] ?? null) : null;
}

export function text(json: Json): string {
  return typeof json === 'string' ? json : '';
}

/** A Rust enum: `"Name"` or `{"Name": content}`. */
export function variant(json: Json): { readonly tag: string; readonly content: Json } {
  if (typeof json === 'string') return { tag: json, content: null };
  const node = record(json);
  let tag: string | undefined;
  for (const key in node) {
    if (tag !== undefined) return { tag: '', content: null };
    tag = key;
  }
  return tag === undefined ? { tag: '', content: null } : { tag, content: node[tag] ?? null };
}

/** What the parser writes for a clause that is not there. */
export function isAbsent(json: Json): boolean {
  return json === null || json === false || json === 'None' || (isList(json) && json.length === 0);
}
