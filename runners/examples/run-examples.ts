/** The examples of headers: a few events and an instant, asked in every form, against the row the author expects. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { OutputColumn } from '../../compiler/check/checked.ts';
import type { FeatureExample } from '../../compiler/definition.ts';
import { type Diagnostic, error } from '../../compiler/diagnostics.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateBatch, loadRaw } from '../batch/evaluate.ts';
import { formatValue } from '../data/format-value.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { type Connection, EngineError } from '../engines/engine.ts';
import { compare } from '../parity/compare.ts';
import { evaluateFeature } from '../reference/index.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { executeOn } from '../stream/execute-on.ts';
import { ExampleProblem, type ReadExample, readExample } from './read-example.ts';

export interface ExampleCase {
  readonly example: FeatureExample;
  readonly compiled: CompiledFeature;
}

export async function runExamples(
  cases: readonly ExampleCase[],
  catalog: Catalog,
  onDone: (done: number) => void = () => undefined,
): Promise<readonly Diagnostic[]> {
  if (cases.length === 0) return [];
  const connection = await openDuckdb();
  try {
    const found: Diagnostic[] = [];
    for (const [i, { example, compiled }] of cases.entries()) {
      const feature = compiled.feature.name;
      found.push(...(await complaints(example, compiled, catalog, connection)).map((d) => ({ ...d, feature })));
      onDone(i + 1);
    }
    return found;
  } finally {
    connection.close();
  }
}

async function complaints(
  example: FeatureExample,
  compiled: CompiledFeature,
  catalog: Catalog,
  connection: Connection,
): Promise<readonly Diagnostic[]> {
  const title = example.name === null ? 'this example' : `the example \`${example.name}\``;
  const said = (message: string, hint?: string): readonly Diagnostic[] => [error('example-failed', example.span, message, hint)];
  try {
    const read = readExample(example, compiled.feature, catalog);
    const rows = await everyForm(read, compiled, catalog, connection);
    return read.expected.flatMap(({ output, value }) => {
      const at = compiled.feature.outputs.indexOf(output);
      const got = rows.map(({ form, row }) => ({ form, value: row[at] ?? null }));
      if (got.every((g) => same(output, g.value, value))) return [];
      const shown = (v: Value): string => JSON.stringify(formatValue(v, output.type));
      const agree = got.every((g) => same(output, g.value, got[0]?.value ?? null));
      const instead = agree ? shown(got[0]?.value ?? null) : got.map((g) => `${shown(g.value)} by ${g.form}`).join(', ');
      return said(
        `${title} expects \`${outputName(output.name)}\` to be ${shown(value)}, and it is ${instead}`,
        agree ? undefined : 'the forms differ: this is a bug in Lockstep',
      );
    });
  } catch (thrown) {
    if (thrown instanceof ExampleProblem) return said(`${title}: ${thrown.message}`, thrown.hint);
    if (thrown instanceof EvaluationError || thrown instanceof EngineError)
      return said(`${title}: a value cannot be computed: ${thrown.message}`);
    throw thrown;
  }
}

function same(output: OutputColumn, a: Value, b: Value): boolean {
  return compare([output], [[a]], [[b]]).mismatches === 0;
}

interface FormRow {
  readonly form: string;
  readonly row: readonly Value[];
}

async function everyForm(
  { events, point }: ReadExample,
  compiled: CompiledFeature,
  catalog: Catalog,
  connection: Connection,
): Promise<readonly FormRow[]> {
  const { feature } = compiled;
  const reference = evaluateFeature(feature, catalog, events, [point], { knowledge: 'event' });
  await loadRaw(connection, catalog, feature.sources, events);
  const batch = await evaluateBatch(connection, feature, batchPlanOf(feature, catalog), [point]);
  const lambda = await executeOn(connection, compiledLambda(compiled, catalog), catalog, feature.sources, events, [point]);
  return [
    { form: 'the reference', row: reference[0] ?? [] },
    { form: 'batch', row: batch[0] ?? [] },
    { form: 'the lambda', row: lambda[0] ?? [] },
  ];
}
