/** What `parity` is given on the command line. */
import { batchEngines } from '../engines/batch-engines.ts';
import type { CommonOptions } from './command.ts';
import type { ForeignOptions } from './foreign.ts';

export interface ParityOptions extends CommonOptions, ForeignOptions {
  readonly mode: string;
  readonly feature?: readonly string[];
  readonly events?: string;
  readonly batch?: string;
  readonly realtime?: string;
  readonly batchEngine: string;
  readonly streamEngine: string;
  readonly spine?: string;
  readonly interval?: string;
  readonly artifacts?: string;
  readonly target?: string;
  readonly confidence?: string;
  readonly latenessBudget?: string;
  readonly seed: string;
  readonly tag: string;
  readonly servedLog?: string;
  readonly maxSeconds?: string;
  readonly budgetSeconds?: string;
  readonly budgetQueries?: string;
  readonly budgetCredits?: string;
  readonly raw?: boolean;
  readonly history?: string;
}

export const batchSides = [...batchEngines, 'reference'] as const;
export const streamSides = ['duckdb', 'reference'] as const;
export const modes = ['logic', 'replay', 'served'] as const;
