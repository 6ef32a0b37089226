/** How a value becomes SQL text: only through a helper that knows what it prints, or where it can do no harm. */
import { counted } from '../../counted.ts';
import { type DatePart, datePart } from '../../functions/date-part.ts';
import { isReserved } from '../../parse/reserved.ts';
import { scalarValue, type YamlNode } from '../yaml.ts';

export type Printed = { readonly text: string } | { readonly problem: string; readonly hint?: string };

export type Helper = (value: YamlNode) => Printed;

export const helpers: Readonly<Record<string, Helper>> = { ident, literal, interval, slug };

/** `{{x}}` without a helper. */
export function bare(value: YamlNode): Printed {
  if (value.kind !== 'scalar') return { problem: `a ${value.kind} cannot be printed`, hint: 'loop over it with {{#each}}' };
  const scalar = scalarValue(value);
  const hint = 'print it as {{ident …}}, {{literal …}}, {{interval …}} or {{slug …}}';
  if (scalar === null || typeof scalar === 'boolean') return { problem: `${String(scalar)} has no text of its own in SQL`, hint };
  if (scalar.kind === 'number' && /^[\d.]/.test(scalar.text)) return { text: scalar.text };
  if (scalar.kind === 'string' && /^[A-Za-z0-9_]+$/.test(scalar.text)) return { text: scalar.text };
  return { problem: `'${scalar.text}' printed as it is could change the SQL around it`, hint };
}

function ident(value: YamlNode): Printed {
  if (value.kind !== 'scalar' || value.text === '') return { problem: 'ident prints one name' };
  if (value.text.includes('\0')) return { problem: 'a name cannot hold the character NUL' };
  const plain = /^[A-Za-z_][A-Za-z0-9_$]*$/.test(value.text) && !isReserved(value.text);
  return { text: plain ? value.text : `"${value.text.replaceAll('"', '""')}"` };
}

function literal(value: YamlNode): Printed {
  if (value.kind === 'map') return { problem: 'literal prints a value or a list of values' };
  if (value.kind === 'list') {
    if (value.items.length === 0) return { problem: 'an empty list has no literal' };
    const items = value.items.map(literal);
    const failed = items.find((item) => 'problem' in item);
    return failed ?? { text: items.map((item) => ('text' in item ? item.text : '')).join(', ') };
  }
  const scalar = scalarValue(value);
  if (scalar === null) return { text: 'NULL' };
  if (typeof scalar === 'boolean') return { text: scalar ? 'TRUE' : 'FALSE' };
  if (scalar.kind === 'number') {
    const digits = scalar.text.replace(/^\+/, '');
    // After a minus sign `-5` would begin a comment.
    return { text: digits.startsWith('-') ? `(${digits})` : digits };
  }
  if (scalar.text.includes('\0')) return { problem: 'a text cannot hold the character NUL' };
  return { text: `'${scalar.text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` };
}

const abbreviations: Readonly<Record<DatePart, string>> = {
  year: 'y',
  quarter: 'q',
  month: 'mo',
  week: 'w',
  day: 'd',
  hour: 'h',
  minute: 'm',
  second: 's',
  millisecond: 'ms',
  microsecond: 'us',
};

function span(value: YamlNode): { readonly amount: number; readonly unit: DatePart } | undefined {
  const found = /^\s*(\d{1,9})\s*([A-Za-z]+)\s*$/.exec(value.kind === 'scalar' ? value.text : '');
  const unit = datePart(found?.[2] ?? '');
  return unit === undefined ? undefined : { amount: Number(found?.[1]), unit };
}

function interval(value: YamlNode): Printed {
  const found = span(value);
  return found === undefined ? notASpan(value) : { text: `INTERVAL '${counted(found.amount, found.unit)}'` };
}

function slug(value: YamlNode): Printed {
  const found = span(value);
  return found === undefined ? notASpan(value) : { text: `${found.amount}${abbreviations[found.unit]}` };
}

function notASpan(value: YamlNode): Printed {
  return {
    problem: `${value.kind === 'scalar' ? `'${value.text}'` : `a ${value.kind}`} is not a length of time`,
    hint: 'a whole number and a unit: 20 minutes, 1 hour, 7 days',
  };
}
