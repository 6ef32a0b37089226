/** The declared columns of a source against those that its relation has. */
import type { Source, SourceColumn } from '../../../compiler/catalog.ts';
import { counted } from '../../../compiler/counted.ts';
import { didYouMean } from '../../../compiler/diagnostics.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import { sameName } from '../../data/column.ts';
import type { RealColumn, WarehouseEngine } from '../real/relation.ts';
import { type Affected, decidingColumns } from './affected.ts';
import { type Finding, type FindingCode, severities } from './finding.ts';
import { type TypeFit, typeFits } from './type-fit.ts';

export interface Compared {
  readonly findings: readonly Finding[];
  /** Declared columns that are there and read, with how they are. */
  readonly read: readonly { readonly column: SourceColumn; readonly found: RealColumn; readonly fit: TypeFit }[];
  /** Columns without which clean rows cannot be told. */
  readonly lacking: readonly string[];
}

export function compareColumns(source: Source, found: readonly RealColumn[], engine: WarehouseEngine, affected: Affected): Compared {
  const finding = findingOf(source, affected);
  const placed = source.columns.map((column) => {
    const real = found.find(({ name }) => sameName(name, column.name));
    return { column, real, fit: real === undefined ? null : typeFits[engine](column.type, real.type) };
  });
  const findings = placed.flatMap(({ column, real, fit }): readonly Finding[] => {
    const declared = `it is declared ${typeName(column.type)}`;
    if (real === undefined || fit === null) {
      const guess = didYouMean(
        column.name,
        found.map(({ name }) => name),
      );
      return [
        finding(
          'column-missing',
          column.name,
          `${source.warehouse} does not have it${guess === undefined ? '' : `: ${guess}`}; ${staging(source, affected)}`,
        ),
      ];
    }
    if (fit.fit === 'unfit')
      return [
        finding(
          'type-unfit',
          column.name,
          `${declared}, and the warehouse has ${real.type}, which is not read as that exactly; ${staging(source, affected)}`,
        ),
      ];
    if (fit.fit === 'narrower')
      return [finding('type-differs', column.name, `${declared}, and the warehouse has ${real.type}: every such value is read exactly`)];
    return [];
  });
  const undeclared = found.filter(({ name }) => !source.columns.some((column) => sameName(name, column.name)));
  return {
    findings: [
      ...findings,
      ...undeclared.map(({ name, type }) => finding('column-undeclared', name, `the warehouse has it (${type}), and sources.yml does not`)),
    ],
    read: placed.flatMap(({ column, real, fit }) =>
      real === undefined || fit === null || fit.fit === 'unfit' ? [] : [{ column, found: real, fit }],
    ),
    lacking: decidingColumns(source).filter((name) =>
      placed.some((p) => p.column.name === name && (p.fit === null || p.fit.fit === 'unfit')),
    ),
  };
}

/** The warehouse's model of a source reads every declared column, so it is not only those who name one that are hit. */
function staging(source: Source, affected: Affected): string {
  const all = affected.bySource(source).length;
  return all === 0
    ? 'no feature reads this source'
    : `dbt, backfill and training sets fail for ${all === 1 ? 'the one feature' : `all ${counted(all, 'feature')}`} of this source`;
}

export type MakeFinding = (code: FindingCode, column: string | null, message: string) => Finding;

export const findingOf =
  (source: Source, affected: Affected): MakeFinding =>
  (code, column, message) => ({
    code,
    severity: severities[code],
    source: source.name,
    column,
    message,
    features: column === null ? affected.bySource(source) : affected.byColumn(source, column),
  });
