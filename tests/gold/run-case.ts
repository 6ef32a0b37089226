/** One case on one engine: equal to what Snowflake printed, refused, or different. */
import type { CheckedStatement } from '../../compiler/check/checked.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import type { Value } from '../../compiler/value.ts';
import { arranged, LimitCutsTies } from './arrange.ts';
import { compareRows } from './compare-cells.ts';
import type { Opened } from './engines.ts';
import { reasonOf } from './hazards.ts';
import type { GoldCase } from './read-cases.ts';
import { changedMeaning } from './session-parameters.ts';
import { type Setup, setUp } from './setup.ts';
import { Refused, referenceRows, statementOf, type World } from './world.ts';

export type Outcome =
  /** `slack`: only with the error that a FLOAT's function row allows. */
  | { readonly kind: 'equal'; readonly slack: boolean }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'different'; readonly got: string }
  | { readonly kind: 'setup'; readonly reason: string };

/** What is the same on every engine. */
export type Prepared =
  | { readonly kind: 'ready'; readonly statement: CheckedStatement; readonly world: World }
  | { readonly kind: 'decided'; readonly outcome: Outcome };

export function prepare(gold: GoldCase): Prepared {
  const decided = (outcome: Outcome): Prepared => ({ kind: 'decided', outcome });
  try {
    const setup: Setup = setUp(gold.setup);
    if (setup.kind === 'unsupported') return decided({ kind: 'setup', reason: setup.reason });
    const statement = statementOf(gold.sql, setup.world);
    const changed = changedMeaning(setup.settings, statement, gold.setup);
    if (changed !== undefined) return decided({ kind: 'rejected', reason: changed });
    return { kind: 'ready', statement, world: setup.world };
  } catch (thrown) {
    if (thrown instanceof Refused) return decided({ kind: 'rejected', reason: reasonOf(thrown.diagnostics) });
    return decided({ kind: 'different', got: `the compiler failed: ${messageOf(thrown)}` });
  }
}

export async function runCase(gold: GoldCase, prepared: Prepared, engine: Opened): Promise<Outcome> {
  if (prepared.kind === 'decided') return prepared.outcome;
  const { statement, world } = prepared;
  let rows: readonly (readonly Value[])[];
  try {
    rows = await engine.rows(statement, world);
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) return { kind: 'rejected', reason: thrown.message };
    const raised = raisedBy(statement, world);
    if (raised !== undefined) return { kind: 'rejected', reason: `raises: ${raised}` };
    return { kind: 'different', got: `the engine failed: ${messageOf(thrown)}` };
  }
  try {
    const outputs = statement.outputs.slice(0, statement.shown);
    const { difference, slack } = compareRows(arranged(rows, statement), outputs, gold);
    return difference === null ? { kind: 'equal', slack } : { kind: 'different', got: difference };
  } catch (thrown) {
    if (thrown instanceof LimitCutsTies) return { kind: 'rejected', reason: `ties-undecided: ${thrown.message} [Q4]` };
    throw thrown;
  }
}

/** An engine may fail only where the meaning itself is an error. */
function raisedBy(statement: CheckedStatement, world: World): string | undefined {
  try {
    referenceRows(statement, world);
    return undefined;
  } catch (thrown) {
    return thrown instanceof EvaluationError ? thrown.message : undefined;
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.message.split('\n')[0] ?? thrown.name) : String(thrown);
}
