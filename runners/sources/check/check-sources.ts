/** Declared sources against the relations of a warehouse, one after the other. Nothing is written there. */
import { stepOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import { tableSources } from '../../../compiler/artifacts/universe.ts';
import type { Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { sameName } from '../../data/column.ts';
import { EngineError } from '../../engines/engine.ts';
import type { WarehouseEngine } from '../real/relation.ts';
import type { Measured, RealWarehouse } from '../real/warehouse.ts';
import { affectedOf } from './affected.ts';
import { comparedColumns } from './compared-values.ts';
import { compareColumns, findingOf } from './declared.ts';
import type { Finding, Severity } from './finding.ts';
import { judge, mostValues } from './measured.ts';

export interface SourceChecked {
  readonly source: Source;
  /** Null: its rows were not looked at. */
  readonly measured: Measured | null;
  /** The worst first. */
  readonly findings: readonly Finding[];
}

export interface Checking {
  readonly sources: readonly Source[];
  readonly features: readonly CheckedFeature[];
  readonly engine: WarehouseEngine;
  /** Microseconds. */
  readonly now: bigint;
  /** Sources, and parts of one. */
  readonly step: (done: number) => void;
}

export async function checkSources(warehouse: RealWarehouse, checking: Checking): Promise<readonly SourceChecked[]> {
  const checked: SourceChecked[] = [];
  for (const source of checking.sources) {
    const step = (done: number): void => checking.step(checked.length + done);
    const { findings, measured } = await checkSource(warehouse, source, { ...checking, step });
    checked.push({ source, measured, findings: [...findings].sort((a, b) => rank(a.severity) - rank(b.severity)) });
    checking.step(checked.length);
  }
  return checked;
}

const rank = (severity: Severity): number => ['error', 'warning', 'note'].indexOf(severity);

async function checkSource(
  warehouse: RealWarehouse,
  source: Source,
  { features, engine, now, step }: Checking,
): Promise<Omit<SourceChecked, 'source'>> {
  const affected = affectedOf(features);
  const finding = findingOf(source, affected);
  const found = await warehouse.columns(source);
  if (found === null)
    return {
      findings: [
        finding('relation-missing', null, `the warehouse has no relation ${source.warehouse}, or a view of one that is not there`),
      ],
      measured: null,
    };
  const { findings, read, lacking } = compareColumns(source, found, engine, affected);
  if (lacking.length > 0) {
    const without = finding('not-measured', null, `its rows were not looked at: ${lacking.join(', ')} cannot be read`);
    return { findings: [...findings, without], measured: null };
  }
  const compared = comparedColumns(features).filter(
    (c) => c.source === source.name && read.some(({ column, fit }) => column.name === c.column && fit.fit === 'same'),
  );
  const measuring = warehouse.measure(source, {
    now,
    found: found.filter(({ name }) => read.some(({ column }) => sameName(name, column.name))),
    bounded: read.flatMap(({ column, fit }) => (fit.mayNotFit || column.max !== null ? [column] : [])),
    valuesOf: compared.map((c) => c.column),
    mostValues,
    step,
  });
  const measured = await measuring.catch((thrown: unknown) => {
    throw thrown instanceof EngineError ? ofSource(thrown, source) : thrown;
  });
  return {
    findings: [...findings, ...judge({ source, now, step: finestStep(source, features), compared }, read, measured, finding)],
    measured,
  };
}

/** A view may fail on a value, and the engine quotes it. */
function ofSource({ engine, message, hint }: EngineError, source: Source): EngineError {
  const isPersonal = source.columns.some((c) => c.pii);
  const said = isPersonal ? 'its rows cannot be read, and what the engine says of them may hold personal values' : message;
  return new EngineError(engine, `the source ${source.name}: ${said}`, hint);
}

/** Of the grids that read it; a day where none does. */
function finestStep(source: Source, features: readonly CheckedFeature[]): bigint {
  const steps = features.filter((f) => tableSources(f).includes(source.name)).map(stepOf);
  return steps.reduce((a, b) => (b < a ? b : a), steps[0] ?? day);
}

const day = 86_400_000_000n;
