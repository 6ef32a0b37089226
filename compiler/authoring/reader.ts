/** Reading YAML nodes as what they should be; what they are not is collected. */
import type { YamlScalar } from '../definition.ts';
import { type Diagnostic, didYouMean, error } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { parseDuration } from './duration.ts';
import type { Keys } from './keys.ts';
import { parseShare } from './share.ts';
import { isNull, scalarValue, type YamlEntry, type YamlMap, type YamlNode } from './yaml.ts';

export type Complain = (span: Span, message: string, hint?: string) => void;

export function complainTo(diagnostics: Diagnostic[]): Complain {
  return (span, message, hint) => diagnostics.push(error('config-invalid', span, message, hint));
}

export type Fields<K extends Keys> = { readonly [name in keyof K]?: YamlEntry };

export function mapOf(node: YamlNode, what: string, complain: Complain): YamlMap | undefined {
  if (node.kind === 'map') return node;
  complain(node.span, `${what} must be a map of keys and values`);
  return undefined;
}

interface Reading {
  /** Where to say that a key is missing; the default is the first key. */
  readonly place?: Span;
  /** Whether a key that is not in the table is right all the same. */
  readonly others?: (entry: YamlEntry) => boolean;
}

export function fieldsOf<K extends Keys>(
  node: YamlMap,
  keys: K,
  what: string,
  complain: Complain,
  { place, others }: Reading = {},
): Fields<K> {
  const found: Record<string, YamlEntry> = {};
  const meant: string[] = [];
  for (const entry of node.entries) {
    if (Object.hasOwn(keys, entry.key)) found[entry.key] = entry;
    else if (!others?.(entry)) {
      // `password:x` is all key to YAML, and no message holds what was meant as a value.
      const [name = '', ...rest] = entry.key.split(':');
      const guess = didYouMean(name, Object.keys(keys));
      meant.push(guess ?? '');
      const hint =
        rest.length > 0 ? `a blank stands behind the colon: ${name}: …` : (guess ?? `known keys: ${Object.keys(keys).join(', ')}`);
      complain(entry.keySpan, `${what} has no key \`${name}\``, hint);
    }
  }
  for (const [name, key] of Object.entries(keys)) {
    if (!key.required || found[name] !== undefined || meant.some((guess) => guess.includes(`\`${name}\``))) continue;
    complain(place ?? node.entries[0]?.keySpan ?? node.span, `${what} needs \`${name}\`: ${lowerFirst(key.description)}`);
  }
  return found as Fields<K>;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

export function textOf(entry: YamlEntry | undefined, complain: Complain): string | null {
  if (entry === undefined) return null;
  if (entry.value.kind === 'scalar' && !isNull(entry.value) && entry.value.text !== '') return entry.value.text;
  complain(entry.value.span, `\`${entry.key}\` must be a text`);
  return null;
}

export function flagOf(entry: YamlEntry | undefined, complain: Complain): boolean | null {
  if (entry === undefined) return null;
  const value = entry.value.kind === 'scalar' ? scalarValue(entry.value) : null;
  if (typeof value === 'boolean') return value;
  complain(entry.value.span, `\`${entry.key}\` must be true or false`);
  return null;
}

export function durationOf(entry: YamlEntry | undefined, complain: Complain, such = '10 minutes, 1 hour, 7 days'): bigint | null {
  if (entry === undefined) return null;
  const duration = entry.value.kind === 'scalar' ? parseDuration(entry.value.text) : undefined;
  if (duration === undefined)
    complain(entry.value.span, `\`${entry.key}\` must be a duration of fixed length`, `a whole number and a unit: ${such}`);
  return duration?.microseconds ?? null;
}

export function shareOf(entry: YamlEntry | undefined, complain: Complain, { ends = false } = {}): number | null {
  if (entry === undefined) return null;
  const share = entry.value.kind === 'scalar' ? parseShare(entry.value.text, { ends }) : undefined;
  if (share === undefined)
    complain(entry.value.span, `\`${entry.key}\` must be a share between 0 and 1`, 'a number or a percentage: 0.001, 0.1%');
  return share ?? null;
}

export function oneOf<T extends string>(entry: YamlEntry | undefined, values: readonly T[], complain: Complain): T | null {
  const written = textOf(entry, complain);
  const value = values.find((candidate) => candidate === written);
  if (written !== null && value === undefined && entry !== undefined) {
    complain(
      entry.value.span,
      `\`${entry.key}\` must be ${values.join(', ').replace(/, ([^,]*)$/, ' or $1')}`,
      didYouMean(written, values),
    );
  }
  return value ?? null;
}

/** One text or a list of them. */
export function textsOf(
  entry: YamlEntry | undefined,
  complain: Complain,
): { readonly text: string; readonly plain: boolean; readonly span: Span }[] {
  if (entry === undefined) return [];
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && !isNull(item) && item.text !== '') return [item];
    complain(item.span, `\`${entry.key}\` must be a text or a list of texts`);
    return [];
  });
}

export function scalarsOf(node: YamlNode, what: string, complain: Complain): { readonly entry: YamlEntry; readonly value: YamlScalar }[] {
  return (mapOf(node, what, complain)?.entries ?? []).flatMap((entry) => {
    if (entry.value.kind === 'scalar') return [{ entry, value: scalarValue(entry.value) }];
    complain(entry.value.span, `\`${entry.key}\` must be a single value`);
    return [];
  });
}

/** As Snowflake resolves it: upper case unless it was quoted, in YAML ("userId") or as in SQL ('"userId"'). */
export function columnName(text: string, plain: boolean): string {
  if (plain) return text.toUpperCase();
  return /^"(?:[^"]|"")+"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** What to write for the column. */
export function writtenName(name: string): string {
  return identifierPattern.test(name) && name === name.toUpperCase() ? name.toLowerCase() : `'"${name.replaceAll('"', '""')}"'`;
}

export const identifierPattern = /^[A-Za-z_][A-Za-z0-9_$]*$/;
