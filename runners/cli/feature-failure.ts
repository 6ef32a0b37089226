/** One feature that cannot be compared is named, and the others still are. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { tableSources } from '../../compiler/artifacts/universe.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { DataError } from '../data/data-error.ts';
import { UsageError } from '../usage-error.ts';
import { failureOf, stackOf } from './failure.ts';
import { DoesNotCompile } from './load.ts';

export interface FeatureFailure {
  readonly feature: string;
  readonly message: string;
}

interface Showing {
  /** Personal values may be shown. */
  readonly raw: boolean;
  readonly say: (text: string) => void;
}

/** Throws again what is wrong with the whole run. */
export function featureFailure({ feature }: CompiledFeature, catalog: Catalog, thrown: unknown, { raw, say }: Showing): FeatureFailure {
  if (thrown instanceof UsageError || thrown instanceof DataError) throw thrown;
  // An engine loads whole sources, so a message may quote any of their columns.
  const isPersonal = catalog.sources.some((s) => tableSources(feature).includes(s.name) && s.columns.some((c) => c.pii));
  const { message: full, hint, who } = failureOf(thrown instanceof NotOnEngine ? notOnEngine(thrown) : thrown);
  const hides = isPersonal && !raw && who !== null;
  const message = hides ? `${who}, in words that may hold personal values: --raw shows them` : full;
  say(`error: ${feature.name}: ${message}${hint === undefined ? '' : `\nhint: ${hint}`}`);
  const stack = hides ? undefined : stackOf(thrown);
  if (stack !== undefined) say(stack);
  return { feature: feature.name, message };
}

/** Without what may hold a value of a row, whatever --raw says: the words of an engine, and what a file has in the place of a value. */
export function plainWords(thrown: unknown): string {
  if (thrown instanceof DoesNotCompile) return thrown.message;
  if (thrown instanceof DataError) {
    const { file, line, column } = thrown.place;
    return `${[file, line, column].filter((part) => part !== null).join(':')}: not as it is declared`;
  }
  const { message, who } = failureOf(thrown instanceof NotOnEngine ? notOnEngine(thrown) : thrown);
  return who ?? message;
}

const notOnEngine = (thrown: NotOnEngine): UsageError => new UsageError(thrown.message, 'DuckDB has it: --batch-engine duckdb');
