/** Drafts as a sources.yml. Every text of others is in quotes or in a comment of one line. */
import { identifierPattern } from '../../../compiler/authoring/reader.ts';
import type { Draft, DraftColumn, Proposed } from './draft.ts';

/** `from`: what they were drafted from. */
export function draftText(drafts: readonly Draft[], from: string): string {
  const [first] = drafts;
  const head = [
    `# Drafted from ${oneLine(from)}. Every \`# check:\` is yours to answer; \`lockstep check\` refuses the lines that have no value.`,
  ];
  if (first === undefined) return `${head[0]}\n`;
  head.push('# check: columns about people need `pii: true`; only what was marked so where this comes from is');
  head.push(
    first.kind === 'stream'
      ? '# check: events that happened stay; is one of these a table whose rows change? Draft it with --kind table'
      : '# check: rows change, and every version stays; is one of these a stream of events? Draft it with --kind stream',
  );
  return `${[...head, `${first.kind}s:`, ...drafts.flatMap(linesOf)].join('\n')}\n`;
}

function linesOf(draft: Draft): readonly string[] {
  const isStream = draft.kind === 'stream';
  return [
    `  ${draft.name}:`,
    ...draft.doubts.map((doubt) => `    ${comment(doubt)}`),
    ...(draft.description === null || draft.description === '' ? [] : [`    description: ${quoted(draft.description)}`]),
    line('warehouse', draft.warehouse, plainRelation),
    ...(draft.topic === null ? [] : [optional('topic', draft.topic, plainTopic)]),
    line('key', draft.key, (columns) => (columns.length === 1 ? columnText(columns[0] ?? '') : `[${columns.map(columnText).join(', ')}]`)),
    line(isStream ? 'event_time' : 'updated_at', draft.time, columnText),
    ...(isStream ? [optional('ingest_time', draft.ingestTime, columnText)] : []),
    optional('lateness', draft.lateness, (text) => text),
    draft.columns.some((c) => c.refused === null && c.type.kind !== 'none')
      ? '    columns:'
      : `    columns: ${comment('nothing says which columns it has')}`,
    ...draft.columns.map(columnLine),
  ];
}

/** Required: without a value, the reader refuses it. */
function line<T>(key: string, { value, check }: Proposed<T>, print: (value: T) => string): string {
  return `    ${key}:${value === null ? '' : ` ${print(value)}`}${check === null ? '' : ` ${comment(check)}`}`;
}

function optional<T>(key: string, proposed: Proposed<T>, print: (value: T) => string): string {
  return proposed.value === null ? `    ${comment(`${key}: ${proposed.check ?? ''}`)}` : line(key, proposed, print);
}

function columnLine(column: DraftColumn): string {
  const { type } = column;
  const name = columnText(column.name);
  if (column.refused !== null) return `      ${comment(`not declared: ${name}: ${column.refused}`)}`;
  if (type.kind === 'none') return `      ${comment(`not declared: ${name}: ${type.reason}`)}`;
  const said = column.description === null || column.description === '' ? [] : [`description: ${quoted(column.description)}`];
  if (type.kind === 'unknown') return `      ${name}: ${comment([type.reason, ...said].join('; '))}`;
  const more = [...(column.pii ? ['pii: true'] : []), ...said];
  const value = more.length === 0 ? type.text : `{ ${[`type: ${quotedType(type.text)}`, ...more].join(', ')} }`;
  return `      ${name}: ${value}${type.check === null ? '' : ` ${comment(type.check)}`}`;
}

/** In braces, a comma would end it. */
const quotedType = (text: string): string => (text.includes(',') ? quoted(text) : text);

const comment = (text: string): string => `# check: ${oneLine(text)}`;

/** Whatever ends a line somewhere, or speaks to a terminal. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g, ' ').trim();

const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Words that are something else than a text to YAML 1.1 or 1.2. */
const words = /^(y|n|yes|no|on|off|true|false|null)$/i;

/** A plain one is read without regard to case; in quotes it is as it stands. */
function columnText(name: string): string {
  if (identifierPattern.test(name) && name === name.toUpperCase() && !words.test(name)) return name.toLowerCase();
  // What is in SQL's quotes within YAML's would lose them.
  return quoted(/^".*"$/s.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
}

const plainTopic = (text: string): string => (/^[A-Za-z_][\w.-]*$/.test(text) && !words.test(text) ? text : quoted(text));

function plainRelation(text: string): string {
  return /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(text) && !words.test(text) ? text : quoted(text);
}
