/** What the store notes of each row beside its columns: how and when it came. Names that no declared column can have by accident. */
import { number, timestamp } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { TypedColumn } from '../../engines/engine.ts';

export interface Arrival {
  /** Of the topic; null for what came by file or by HTTP. */
  readonly partition: number | null;
  readonly offset: bigint | null;
  /** The how manieth row that this store took, of any source. */
  readonly sequence: bigint;
  /** Microseconds. */
  readonly at: bigint;
}

export const sequenceColumn: TypedColumn = { name: 'lockstep.sequence', type: number(18) };

export const notedColumns: readonly TypedColumn[] = [
  { name: 'lockstep.partition', type: number(10) },
  { name: 'lockstep.offset', type: number(18) },
  sequenceColumn,
  { name: 'lockstep.arrived_at', type: timestamp },
];

export function notedValues({ partition, offset, sequence, at }: Arrival): readonly Value[] {
  return [partition === null ? null : BigInt(partition), offset, sequence, at];
}
