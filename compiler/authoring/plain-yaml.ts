/**
 * YAML as it is mostly written: maps and lists by indentation, values of one line, no comments, escapes or anchors. It is read
 * here in a fraction of the time that the yaml package takes; whatever else stands in a text, the text is left to the package.
 */
import type { Span } from '../source.ts';
import type { YamlEntry, YamlNode } from './yaml.ts';

interface Line {
  /** Of its indentation, of what follows, of its end. */
  readonly begin: number;
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

interface Reading {
  readonly text: string;
  readonly lines: Line[];
  /** Index of the line to be read. */
  next: number;
  /** Inside a line: the offset to be read. */
  at: number;
  depth: number;
  readonly place: (start: number, end: number) => Span;
  readonly written: (text: string) => string;
}

const foreign = /[\0-\t\v-\x1f\x7f#\ufeff]|^\n|\n\n| \n| $/;
const key = /([A-Za-z_]\w{0,99}):(?: +|(?=\n|$))/y;
const doubleQuoted = /"[^"\\\n]*"/y;
const singleQuoted = /'[^'\n]*'(?!')/y;
const first = '(?:[^\\s\\-?:,[\\]{}&*!|>\'"%@`]|-(?=[\\w.]))';
const plainInBlock = new RegExp(`${first}(?:[^:\\n]|:(?=[^\\s]))*`, 'y');
const plainInFlow = new RegExp(`${first}(?:[^:\\s,[\\]{}]|:(?=[^\\s,[\\]{}])| +(?=[^\\s:,[\\]{}]))*`, 'y');
const spaces = / */y;
const deepest = 50;

/** `place` and `written`: a span, and a scalar's text, as they are to be given. undefined: not plain. */
export function readPlainYaml(text: string, place: Reading['place'], written: Reading['written']): YamlNode | undefined {
  if (text === '' || foreign.test(text)) return undefined;
  const reading: Reading = { text, lines: linesOf(text), next: 0, at: 0, depth: 0, place, written };
  const node = reading.lines[0]?.indent === 0 ? block(reading, 0) : undefined;
  return reading.next === reading.lines.length ? node : undefined;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let begin = 0; begin < text.length; ) {
    const newline = text.indexOf('\n', begin);
    const end = newline < 0 ? text.length : newline;
    let start = begin;
    while (text[start] === ' ') start++;
    lines.push({ begin, start, end, indent: start - begin });
    begin = end + 1;
  }
  return lines;
}

function block(reading: Reading, indent: number): YamlNode | undefined {
  const line = reading.lines[reading.next];
  if (line === undefined) return undefined;
  return reading.text.startsWith('- ', line.start) ? blockList(reading, indent, line.start) : blockMap(reading, indent, line.start);
}

/** The next line, if it belongs to the block; `done` if the block is over; undefined if it goes on in another way. */
function lineOf({ lines, next }: Reading, indent: number): Line | 'done' | undefined {
  const line = lines[next];
  if (line === undefined || line.indent < indent) return 'done';
  return line.indent === indent ? line : undefined;
}

/** Blocks reach to where the next line begins. */
function blockEnd({ text, lines, next }: Reading): number {
  return lines[next]?.begin ?? text.length;
}

function blockMap(reading: Reading, indent: number, start: number): YamlNode | undefined {
  const entries: YamlEntry[] = [];
  for (;;) {
    const line = lineOf(reading, indent);
    if (line === 'done') return { kind: 'map', entries, span: reading.place(start, blockEnd(reading)) };
    const name = line === undefined ? undefined : keyAt(reading, line.start, entries);
    if (line === undefined || name === undefined) return undefined;
    const value = key.lastIndex < line.end ? lineValue(reading, key.lastIndex, line) : blockBelow(reading, indent);
    if (value === undefined) return undefined;
    entries.push(entryOf(reading, name, line.start, value));
  }
}

function blockBelow(reading: Reading, indent: number): YamlNode | undefined {
  reading.next++;
  const inner = reading.lines[reading.next]?.indent ?? 0;
  return inner > indent ? block(reading, inner) : undefined;
}

function blockList(reading: Reading, indent: number, start: number): YamlNode | undefined {
  const items: YamlNode[] = [];
  for (;;) {
    const line = lineOf(reading, indent);
    if (line === 'done') return { kind: 'list', items, span: reading.place(start, blockEnd(reading)) };
    if (line === undefined || !reading.text.startsWith('- ', line.start)) return undefined;
    spaces.lastIndex = line.start + 1;
    spaces.test(reading.text);
    const from = spaces.lastIndex;
    key.lastIndex = from;
    const item = key.test(reading.text) ? mapInItem(reading, line, from) : lineValue(reading, from, line);
    if (item === undefined) return undefined;
    items.push(item);
  }
}

/** `- name: x`: a map whose first key stands behind the dash. */
function mapInItem(reading: Reading, line: Line, from: number): YamlNode | undefined {
  const indent = from - line.begin;
  reading.lines[reading.next] = { ...line, start: from, indent };
  return blockMap(reading, indent, from);
}

/** The key at `at`; undefined if none stands there, or one that the map has already. */
function keyAt(reading: Reading, at: number, entries: readonly YamlEntry[]): string | undefined {
  key.lastIndex = at;
  const name = key.exec(reading.text)?.[1];
  return name === undefined || entries.some((entry) => entry.key === name) ? undefined : name;
}

function entryOf({ place }: Reading, name: string, at: number, value: YamlNode): YamlEntry {
  return { key: name, keyPlain: true, keySpan: place(at, at + name.length), value };
}

/** What fills the rest of a line. */
function lineValue(reading: Reading, from: number, line: Line): YamlNode | undefined {
  reading.at = from;
  const value = valueAt(reading, plainInBlock);
  reading.next++;
  return reading.at === line.end ? value : undefined;
}

function valueAt(reading: Reading, plain: RegExp): YamlNode | undefined {
  const open = reading.text[reading.at];
  return open === '[' || open === '{' ? flowCollection(reading, open) : scalar(reading, plain);
}

function scalar(reading: Reading, plain: RegExp): YamlNode | undefined {
  const { text, at, place, written } = reading;
  const quote = text[at];
  const pattern = quote === '"' ? doubleQuoted : quote === "'" ? singleQuoted : plain;
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0];
  if (found === undefined) return undefined;
  reading.at = at + found.length;
  const content = pattern === plain ? found : found.slice(1, -1);
  return { kind: 'scalar', text: written(content), plain: pattern === plain, span: place(at, reading.at) };
}

function flowCollection(reading: Reading, open: '[' | '{'): YamlNode | undefined {
  const { text, at, place, depth } = reading;
  if (depth === deepest) return undefined;
  const close = open === '[' ? ']' : '}';
  const items: YamlNode[] = [];
  const entries: YamlEntry[] = [];
  reading.depth++;
  reading.at++;
  for (let sign = ','; sign !== close; sign = flowSign(reading)) {
    if (sign !== ',') return undefined;
    skipSpaces(reading);
    if (text[reading.at] === close && items.length + entries.length === 0) continue;
    const start = reading.at;
    const name = open === '{' ? keyAt(reading, start, entries) : undefined;
    if (open === '{' && name === undefined) return undefined;
    if (name !== undefined) reading.at = key.lastIndex;
    const value = valueAt(reading, plainInFlow);
    if (value === undefined) return undefined;
    if (name === undefined) items.push(value);
    else entries.push(entryOf(reading, name, start, value));
  }
  reading.depth--;
  const span = place(at, reading.at);
  return open === '[' ? { kind: 'list', items, span } : { kind: 'map', entries, span };
}

/** What ends an item, read over. */
function flowSign(reading: Reading): string {
  skipSpaces(reading);
  return reading.text[reading.at++] ?? '';
}

function skipSpaces(reading: Reading): void {
  spaces.lastIndex = reading.at;
  spaces.test(reading.text);
  reading.at = spaces.lastIndex;
}
