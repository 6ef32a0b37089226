/** `--budget-…` of parity: what the run may cost in all, and which features come first. */
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { creditsAnHour } from '../../compiler/authoring/account.ts';
import { lastVerdicts } from '../history/last-verdicts.ts';
import { type BudgetLimits, byRisk, riskOf, secondsFor, usedUp } from '../parity/budget.ts';
import { type Meter, openMeter } from '../parity/meter.ts';
import { UsageError } from '../usage-error.ts';
import { fromEnvironment } from '../warehouse/environment.ts';
import type { Output } from './command.ts';
import type { LoadedProject } from './load.ts';
import type { ParityOptions } from './parity-options.ts';
import { givenOf } from './parity-sides.ts';

export interface RunBudget {
  readonly meter: Meter;
  /** Without a budget: in the order in which they are given. */
  readonly order: (features: readonly CompiledFeature[]) => readonly CompiledFeature[];
  /** Sources are read when the first feature comes that needs them. */
  readonly isLimited: boolean;
  /** Which part of it; null: something is left of each. */
  readonly usedUp: () => string | null;
  /** That the first of these may take, the others being still to come; null: as many as it needs. */
  readonly secondsFor: (features: readonly CompiledFeature[]) => number | null;
  /** For programs. Seconds, queries and credits of the run; null: there was no limit. */
  readonly told: () => object | null;
}

export async function openBudget(options: ParityOptions, project: LoadedProject, say: Output['say']): Promise<RunBudget> {
  const limits = limitsOf(options);
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1000;
  const meter = openMeter();
  const isLimited = Object.values(limits).some((limit) => limit !== null);
  const anHour = limits.credits === null ? 0 : priceOf(options, project);
  const verdicts =
    isLimited && options.history !== undefined
      ? await lastVerdicts(resolve(options.history), options.mode, { say, patience: 10_000 })
      : new Map();
  const lastOf = ({ feature }: CompiledFeature) => verdicts.get(feature.name);
  return {
    meter,
    isLimited,
    order: (features) => (isLimited ? byRisk(features, (f) => f.version, lastOf) : features),
    usedUp: () => usedUp(limits, elapsed(), meter.spent(), anHour),
    secondsFor: (features) =>
      limits.seconds === null
        ? null
        : secondsFor(
            limits.seconds - elapsed(),
            features.map((f) => riskOf(f.version, lastOf(f))),
          ),
    told: () => {
      if (!isLimited) return null;
      const { queries, warehouseSeconds } = meter.spent();
      const credits = limits.credits === null ? null : (warehouseSeconds / 3600) * anHour;
      return { limits, spent: { seconds: elapsed(), queries, warehouseSeconds, credits } };
    },
  };
}

function limitsOf({ budgetSeconds, budgetQueries, budgetCredits }: ParityOptions): BudgetLimits {
  const read = (option: string, text: string | undefined, isFitting: (n: number) => boolean, what: string): number | null => {
    if (text === undefined) return null;
    const n = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(n) || n <= 0 || !isFitting(n)) throw new UsageError(`${option} ${text}: write ${what} above zero`);
    return n;
  };
  return {
    seconds: read('--budget-seconds', budgetSeconds, () => true, 'a number of seconds'),
    queries: read('--budget-queries', budgetQueries, Number.isInteger, 'a whole number'),
    credits: read('--budget-credits', budgetCredits, () => true, 'a number of credits'),
  };
}

/** Credits for an hour of the warehouse that is read. */
function priceOf(options: ParityOptions, project: LoadedProject): number {
  const { batch } = givenOf(options, project);
  if (batch.kind !== 'target' || batch.target.declared.engine !== 'snowflake')
    throw new UsageError('--budget-credits is for --batch with a target on Snowflake: nothing else costs credits');
  const { name, declared, environment } = batch.target;
  const written = declared.account.warehouse_size;
  const price = written === undefined ? null : creditsAnHour(fromEnvironment(written, `warehouse_size of the target ${name}`, environment));
  if (price === null)
    throw new UsageError(
      `--budget-credits: what an hour of the warehouse costs is not known`,
      `warehouse_size: Medium, in the target ${name}, says it`,
    );
  return price;
}
