/** Two results of the same points to compare, as rows and as tables of DuckDB: one row in ten thousand differs. */
import type { OutputColumn } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import type { Connection } from '../../runners/engines/engine.ts';

export const resultColumns = [
  { name: 'N', type: { kind: 'number', precision: 18, scale: 0 } },
  { name: 'AMOUNT', type: { kind: 'number', precision: 18, scale: 2 } },
  { name: 'KIND', type: { kind: 'varchar' } },
  { name: 'SHARE', type: { kind: 'float' } },
] as const;

export const resultOutputs: readonly OutputColumn[] = resultColumns.map((c) => ({
  ...c,
  nullable: true,
  default: null,
  exactness: c.type.kind === 'float' ? 'tolerance' : 'exact',
}));

/** Only tables have it: of rows, it is the place. */
export const resultKey = { name: 'ID', type: { kind: 'number', precision: 18, scale: 0 } } as const;

export interface TwoResults {
  readonly left: readonly (readonly Value[])[];
  readonly right: readonly (readonly Value[])[];
}

export function twoResults(rows: number): TwoResults {
  const left = Array.from({ length: rows }, (_, i): readonly Value[] => [
    BigInt(i % 977),
    BigInt((i * 7919) % 1_000_003),
    `kind ${i % 31}`,
    i / 7,
  ]);
  const right = left.map((row, i): readonly Value[] =>
    i % 10_000 === 17 ? [row[0] as Value, (row[1] as bigint) + 1n, row[2] as Value, row[3] as Value] : [...row],
  );
  return { left, right };
}

/** As tables `l` and `r`, with the key. */
export async function loadTwoResults(connection: Connection, { left, right }: TwoResults): Promise<void> {
  for (const [name, side] of [
    ['l', left],
    ['r', right],
  ] as const)
    await connection.load(
      name,
      [resultKey, ...resultColumns],
      side.map((row, i) => [BigInt(i), ...row]),
    );
}
