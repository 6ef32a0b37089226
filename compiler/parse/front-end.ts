/**
 * The SQL parser behind our own door. Three of its habits are met here: it says places only in its messages,
 * it counts columns in characters, and a trap leaves its instance unusable.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { Json } from './json.ts';

interface Instance {
  initSync(source: { module: WebAssembly.Module }): unknown;
  parse_sql_to_json_string(dialect: string, sql: string): string;
}

export type Parsed =
  | { readonly kind: 'tree'; readonly statements: Json }
  /** `line` and `column` as the parser counts: from 1, in characters; null where it says no place. */
  | { readonly kind: 'refused'; readonly message: string; readonly place: { readonly line: number; readonly column: number } | null }
  | { readonly kind: 'too-deep' };

let module: WebAssembly.Module | null = null;
let current: Instance | null = null;
let spares: Instance[] = [];
let loading: Promise<void> | null = null;
let imported = 0;

/** To be awaited once before anything is parsed. */
export function loadParser(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  module = await compiled(await readFile(wasmUrl('sqlparser_rs_wasm_bg.wasm')));
  current = await instance();
  current.initSync({ module });
  spares = [await instance(), await instance()];
}

/**
 * V8 would compile most of the parser a second time, optimized, which takes longer than reading a thousand features does
 * without it. A module is made with the budget of its moment, and others keep their own: 1,800,000 in Node 20.
 */
async function compiled(code: Uint8Array): Promise<WebAssembly.Module> {
  setFlagsFromString('--wasm-tiering-budget=2000000000');
  try {
    return await WebAssembly.compile(code);
  } finally {
    setFlagsFromString('--wasm-tiering-budget=1800000');
  }
}

function wasmUrl(file: string): URL {
  const entry = createRequire(import.meta.url).resolve('@guanmingchiu/sqlparser-ts');
  return new URL(`../wasm/${file}`, pathToFileURL(entry));
}

/** The glue keeps one instance per module, and a module is known by its address: a new query string is a new instance. */
async function instance(): Promise<Instance> {
  const url = wasmUrl('sqlparser_rs_wasm.js');
  url.search = `?instance=${imported++}`;
  return (await import(/* @vite-ignore */ url.href)) as Instance;
}

export function parseStatements(sql: string): Parsed {
  if (current === null) throw new Error('loadParser() has not been awaited');
  try {
    return { kind: 'tree', statements: JSON.parse(current.parse_sql_to_json_string('snowflake', sql)) as Json };
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      replaceInstance();
      return { kind: 'too-deep' };
    }
    return refusal(thrown);
  }
}

function replaceInstance(): void {
  const next = spares.shift();
  if (next === undefined || module === null) throw new Error('the SQL parser failed three times in a row');
  next.initSync({ module });
  current = next;
  void instance().then((spare) => spares.push(spare));
}

function refusal(thrown: unknown): Parsed {
  const full = messageOf(thrown);
  if (/recursion limit/i.test(full)) return { kind: 'too-deep' };
  const place = / ?at Line: (\d+), Column: (\d+)/.exec(full);
  const message = full
    .replace(/^.*?sql parser error: /i, '')
    .replace(/^(?:ParserError|TokenizerError)[:(] ?/i, '')
    .replace(/ ?at Line: \d+, Column: \d+.*$/s, '');
  return {
    kind: 'refused',
    message,
    place: place === null ? null : { line: Number(place[1]), column: Number(place[2]) },
  };
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
