/** Rows for people: columns aligned, numbers to the right, NULL written out. */
import type { Printed } from '../data/format-value.ts';

export interface TableColumn {
  readonly name: string;
  readonly numeric: boolean;
}

export type Cell = Printed;

export function textTable(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): string {
  const written = rows.map((row) => columns.map((_, i) => cellText(row[i] ?? null)));
  const heads = columns.map(({ name }) => cellText(name));
  const widths = heads.map((head, i) => written.reduce((widest, row) => Math.max(widest, width(row[i] ?? '')), width(head)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) => {
        const room = ' '.repeat((widths[i] ?? 0) - width(text));
        return columns[i]?.numeric ? room + text : text + room;
      })
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((w) => '-'.repeat(w))), ...written.map(line)].join('\n');
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text that breaks the line, or speaks to the terminal, would break the table. */
function cellText(value: Cell): string {
  if (value === null) return 'NULL';
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function width(text: string): number {
  return [...text].length;
}
