/** The columns of a source, and references to them. */
import type { SourceColumn } from '../catalog.ts';
import { didYouMean } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { typeName, varchar } from '../sql-type.ts';
import { parseColumnType } from './column-type.ts';
import { columnKeys } from './keys.ts';
import { type Complain, columnName, fieldsOf, flagOf, identifierPattern, mapOf, oneOf, textOf, writtenName } from './reader.ts';
import { scalarValue, type YamlEntry } from './yaml.ts';

export function readColumns(field: YamlEntry | undefined, complain: Complain): SourceColumn[] {
  if (field === undefined) return [];
  const columns: SourceColumn[] = [];
  const seen = new Map<string, string>();
  const entries = mapOf(field.value, '`columns`', complain)?.entries ?? [];
  if (entries.length === 0) complain(field.keySpan, '`columns` names no column');
  for (const entry of entries) {
    const name = columnName(entry.key, entry.keyPlain);
    const before = seen.get(name.toUpperCase());
    if (before !== undefined)
      complain(
        entry.keySpan,
        `the columns \`${before}\` and \`${entry.key}\` differ only in case`,
        'wire formats and CSV headers are read without regard to case',
      );
    else if (/^(AS_OF|__ROW_KEY_\d+)$/i.test(name)) complain(entry.keySpan, `\`${entry.key}\` is a name that Lockstep keeps for itself`);
    else if (entry.keyPlain && !identifierPattern.test(entry.key))
      complain(entry.keySpan, `\`${entry.key}\` cannot name a column unless it is quoted`);
    else columns.push(readColumn(entry, name, complain));
    seen.set(name.toUpperCase(), entry.key);
  }
  return columns;
}

function readColumn(entry: YamlEntry, name: string, complain: Complain): SourceColumn {
  if (entry.value.kind !== 'map') {
    return { name, type: typeOf(entry, complain), pii: false, maskingPolicy: null, topicPath: null, unit: null, max: null };
  }
  const fields = fieldsOf(entry.value, columnKeys, `the column \`${entry.key}\``, complain);
  const type = fields.type === undefined ? varchar : typeOf(fields.type, complain);
  textOf(fields.description, complain);
  const unit = oneOf(fields.unit, ['s', 'ms', 'us', 'iso'], complain);
  if (unit !== null && type.kind !== 'timestamp' && fields.unit !== undefined)
    complain(fields.unit.keySpan, `\`unit\` is for timestamps, and \`${entry.key}\` is a ${typeName(type)}`);
  const pii = flagOf(fields.pii, complain) ?? false;
  return {
    name,
    type,
    pii,
    maskingPolicy: policyOf(fields.masking_policy, pii, entry.key, complain),
    topicPath: textOf(fields.topic, complain),
    unit,
    max: maxOf(fields.max, type, complain),
  };
}

function policyOf(entry: YamlEntry | undefined, pii: boolean, column: string, complain: Complain): string | null {
  const name = textOf(entry, complain);
  if (entry === undefined || name === null) return null;
  if (!pii) complain(entry.keySpan, `\`masking_policy\` is for personal data, and \`${column}\` does not say \`pii: true\``);
  else if (identifierPattern.test(name)) return name;
  else complain(entry.value.span, `\`${name}\` cannot be the name of a masking policy`, 'its bare name, without database and schema');
  return null;
}

function typeOf(entry: YamlEntry, complain: Complain): SourceColumn['type'] {
  const written = textOf(entry, complain);
  if (written === null) return varchar;
  const parsed = parseColumnType(written);
  if ('type' in parsed) return parsed.type;
  complain(entry.value.span, parsed.reason, parsed.hint);
  return varchar;
}

function maxOf(entry: YamlEntry | undefined, type: SourceColumn['type'], complain: Complain): bigint | null {
  if (entry === undefined) return null;
  const value = entry.value.kind === 'scalar' ? scalarValue(entry.value) : null;
  const digits = value !== null && typeof value === 'object' ? value.text.replaceAll('_', '') : '';
  if (type.kind !== 'number') complain(entry.keySpan, `\`max\` is for NUMBER, not ${typeName(type)}`);
  else if (/^\d{1,38}$/.test(digits)) return BigInt(digits);
  else complain(entry.value.span, '`max` must be a whole number that is not negative');
  return null;
}

/** The declared column that `written` means. */
export function columnReference(
  written: { readonly text: string; readonly plain: boolean; readonly span: Span },
  what: string,
  columns: readonly SourceColumn[],
  fits: (column: SourceColumn) => string | null,
  complain: Complain,
): string | null {
  const name = columnName(written.text, written.plain);
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    const sameLetters = columns.find((candidate) => candidate.name.toUpperCase() === name.toUpperCase());
    complain(
      written.span,
      `${what} names \`${written.text}\`, which is not among the columns`,
      sameLetters === undefined
        ? didYouMean(
            written.text,
            columns.map((candidate) => writtenName(candidate.name)),
          )
        : `write ${writtenName(sameLetters.name)}: in quotes, upper and lower case count`,
    );
    return null;
  }
  const misfit = fits(column);
  if (misfit === null) return column.name;
  complain(written.span, `${what} names \`${written.text}\`, which ${misfit}`);
  return null;
}
