/** An old mismatch asked again: the rows of its witness, answered by reference, batch form and lambda as they are now. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { type SqlType, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import { formatValue, type Printed } from '../data/format-value.ts';
import { parseText } from '../data/parse-value.ts';
import type { SpineRow } from '../data/spine.ts';
import { openForms } from '../parity/logic.ts';
import { openReplay } from '../parity/replay.ts';
import type { ParityMode } from '../parity/report.ts';
import { openSides } from '../parity/sides.ts';
import type { PrintedWitness } from '../parity/witness/print.ts';
import type { StoredLambda } from '../stream/execute.ts';

export interface Reasked {
  readonly differs: boolean;
  /** By output. */
  readonly batch: Readonly<Record<string, Printed>>;
  readonly stream: Readonly<Record<string, Printed>>;
  /** Outputs at which the reference says something else than batch. */
  readonly againstReference: readonly string[];
}

/** The witness does not fit what the project declares now. */
export interface Unaskable {
  readonly problem: string;
}

type Shown = Readonly<Record<string, unknown>>;
type Side = 'batch' | 'stream';

export async function askAgain(
  witness: PrintedWitness,
  mode: ParityMode,
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
): Promise<Reasked | Unaskable> {
  const { feature } = compiled;
  const problems: string[] = [];
  const read = (value: unknown, type: SqlType, where: string): Value => {
    if (value === undefined) problems.push(`the witness has no ${where}`);
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean' && type.kind === 'boolean') return value;
    const parsed = parseText(String(value), type);
    if ('value' in parsed) return parsed.value;
    problems.push(`${where}: ${parsed.problem}`);
    return null;
  };
  const rowsOf = (side: Side): ReadonlyMap<string, SourceRows> =>
    new Map(
      feature.sources.map((name): [string, SourceRows] => {
        const columns = catalog.sources.find((s) => s.name === name)?.columns ?? [];
        const row = (shown: Shown): readonly Value[] =>
          columns.map((c) => read(shown[outputName(c.name)], c.type, `${name}.${outputName(c.name)}`));
        return [name, { columns: columns.map((c) => c.name), rows: (witness.events[name]?.[side] ?? []).map(row) }];
      }),
    );
  const asOf = read(witness.asOf, timestamp, 'as_of');
  const askedAt = read(witness.askedAt ?? null, timestamp, 'asked_at');
  const row: SpineRow = {
    entity: feature.entity.map((e) => read(witness.key[outputName(e.name)], e.type, outputName(e.name))),
    asOf: typeof asOf === 'bigint' ? asOf : 0n,
    ...(typeof askedAt === 'bigint' ? { arrivedBy: askedAt } : {}),
  };
  const [batch, stream] = [rowsOf('batch'), rowsOf('stream')];
  for (const name of Object.keys(witness.events)) if (!feature.sources.includes(name)) problems.push(`the feature no longer reads ${name}`);
  if (problems.length > 0) return { problem: [...new Set(problems)].join('; ') };
  const sides = await openSides(catalog, batch, mode === 'logic' ? batch : stream);
  try {
    const forms = await (mode === 'logic' ? openForms : openReplay)(compiled, lambda, sides);
    const answered = await forms.answer([row]);
    const printed = (values: readonly Value[] | undefined): Readonly<Record<string, Printed>> =>
      Object.fromEntries(feature.outputs.map((o, i) => [outputName(o.name), formatValue(values?.[i] ?? null, o.type)]));
    const againstReference = answered.referenceAgainstBatch.differences.map((d) => outputName(d.column));
    return {
      differs: answered.batchAgainstLambda.mismatches > 0 || againstReference.length > 0,
      batch: printed(answered.batch[0]),
      stream: printed(answered.lambda[0]),
      againstReference,
    };
  } finally {
    sides.close();
  }
}
