/** The declared columns of a source against those that its relation has. */
import type { Source, SourceColumn } from '../../../compiler/catalog.ts';
import { didYouMean } from '../../../compiler/diagnostics.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import { isColumn, type RealColumn, type WarehouseEngine } from '../real/relation.ts';
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
    const real = found.find(({ name }) => isColumn[engine](name, column.name));
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
          `${source.warehouse} does not have it${guess === undefined ? '' : `: ${guess}`}; ${missing(source, affected)}`,
        ),
      ];
    }
    if (fit.fit === 'unfit')
      return [
        finding(
          'type-unfit',
          column.name,
          `${declared}, and the warehouse has ${real.type}, which is not read as that exactly; ${refused(source, affected)}`,
        ),
      ];
    if (fit.fit === 'narrower')
      return [finding('type-differs', column.name, `${declared}, and the warehouse has ${real.type}: every such value is read exactly`)];
    return [];
  });
  const undeclared = found.filter(({ name }) => !source.columns.some((column) => isColumn[engine](name, column.name)));
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

/** Every declared column is read for every feature, so it is not only those who name one that are hit. */
const missing = (source: Source, affected: Affected): string =>
  concerning(source, affected, (all) => `dbt, materialize, backfill and training sets fail for ${all}`);

const refused = (source: Source, affected: Affected): string =>
  concerning(
    source,
    affected,
    (all) => `materialize, backfill and training sets refuse it for ${all}, and dbt computes with what is there`,
  );

function concerning(source: Source, affected: Affected, say: (all: string) => string): string {
  const { length } = affected.bySource(source);
  if (length === 0) return 'no feature reads this source';
  return say(`${length === 1 ? 'the one feature' : `all ${length} features`} of this source`);
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
