/** Rows as they stand in files: NUMBERs that count are JSON numbers, money is text with its cents. */
export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

export function money(cents: number): string {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

export function texts(rows: readonly Row[], column: string): readonly string[] {
  return [...new Set(rows.map((row) => row[column]).filter((value) => typeof value === 'string'))].sort();
}

export function numbers(rows: readonly Row[], column: string): readonly number[] {
  return [...new Set(rows.map((row) => row[column]).filter((value) => typeof value === 'number'))].sort((a, b) => a - b);
}
