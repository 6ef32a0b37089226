/** The name of a feature in a target, which shows one version's rows: moved by hand. An engine is one file and one row of the list. */
import type { Target } from '../../compiler/authoring/config.ts';
import type { NamedTarget } from './target-file.ts';

export interface ShownView {
  /** By the ledger; null: no run has shown anything. */
  readonly shown: (feature: string) => Promise<string | null>;
  /** Whether there is a relation of the version. */
  readonly holds: (feature: string, version: string) => Promise<boolean>;
  /**
   * The ledger says so, too: a later run moves the name on, but not to the version that is `refused`. `isMasked`: columns of it are to have
   * masking policies. Answers with what is left to do there; null: nothing.
   */
  readonly show: (feature: string, version: string, refused: string | null, isMasked: boolean) => Promise<string | null>;
  readonly close: () => void | Promise<void>;
}

const engines: Readonly<Record<Target['engine'], (target: NamedTarget) => Promise<ShownView>>> = {
  duckdb: async (target) => (await import('./duckdb-shown.ts')).openDuckdbShown(target),
  snowflake: async (target) => (await import('./snowflake-shown.ts')).openSnowflakeShown(target),
};

export const openShownView = (target: NamedTarget): Promise<ShownView> => engines[target.declared.engine](target);
