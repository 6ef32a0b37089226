/** YAML as nearly all headers are, `key: value` line by line, which the YAML library takes twenty times as long for. What is written otherwise is left to it. */
import type { Place, YamlEntry, YamlMap, YamlNode } from './yaml.ts';

/** A text without quotes. `:` and `#` may mean something there; in brackets `others` do, as in NUMBER(38,0). */
const textWithout = (others: string): string => {
  const word = `[^ :#${others}\\0-\\x1f\\x7f-\\xa0\\ud800-\\uffff]+`;
  return `-?(?=[\\w.])${word}(?: +${word})*`;
};
const name = '[A-Za-z_]\\w*';
const line = new RegExp(`(${name})(: +)(\\[[^\\n]*\\]|\\{[^\\n]*\\}|${textWithout('')}) *(?:\\n|$)`, 'y');
const item = new RegExp(`( *)(?:(${name})(: +))?(${textWithout(',([\\]{}')}) *([,\\]}])`, 'y');

/** undefined: not so plain. */
export function plainYaml(text: string, at: Place): YamlMap | undefined {
  const entries: YamlEntry[] = [];
  for (let start = 0; start < text.length; start = line.lastIndex) {
    line.lastIndex = start;
    const [, key = '', colon = '', written = ''] = line.exec(text) ?? [];
    if (key === '' || has(entries, key)) return undefined;
    const from = start + key.length + colon.length;
    const value = /^[[{]/.test(written) ? inBrackets(written, from, at) : scalar(written, from, at);
    if (value === undefined) return undefined;
    entries.push(entry(key, start, value, at));
  }
  return entries.length === 0 ? undefined : { kind: 'map', entries, span: at(0, text.length) };
}

function inBrackets(written: string, from: number, at: Place): YamlNode | undefined {
  const isList = written.startsWith('[');
  const items: YamlNode[] = [];
  const entries: YamlEntry[] = [];
  let ended = /^. *.$/.test(written);
  for (let start = 1; !ended; start = item.lastIndex) {
    item.lastIndex = start;
    const [, space = '', key = '', colon = '', text = '', end = ''] = item.exec(written) ?? [];
    if (text === '' || isList === (key !== '') || has(entries, key)) return undefined;
    const place = from + start + space.length;
    const value = scalar(text, place + key.length + colon.length, at);
    if (isList) items.push(value);
    else entries.push(entry(key, place, value, at));
    ended = end !== ',';
    if (ended && item.lastIndex < written.length) return undefined;
  }
  const span = at(from, from + written.length);
  return isList ? { kind: 'list', items, span } : { kind: 'map', entries, span };
}

function scalar(text: string, from: number, at: Place): YamlNode {
  return { kind: 'scalar', text, plain: true, span: at(from, from + text.length) };
}

function entry(key: string, from: number, value: YamlNode, at: Place): YamlEntry {
  return { key, keyPlain: true, keySpan: at(from, from + key.length), value };
}

function has(entries: readonly YamlEntry[], key: string): boolean {
  return entries.some((known) => known.key === key);
}
