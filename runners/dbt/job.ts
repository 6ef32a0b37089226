/** What is asked of a dbt, wherever it runs: one command on some nodes, to its end, and what became of each node. */

export interface DbtJob {
  /** Throws if dbt came to no results. A node that failed is one of them. */
  readonly run: (asked: DbtAsked) => Promise<DbtRan>;
  /** What is under way is cancelled, and nothing is begun any more. */
  readonly interrupt: () => void;
}

export interface DbtAsked {
  readonly command: 'run' | 'build';
  /** Selectors of dbt, any of which selects. */
  readonly select: readonly string[];
  readonly vars: DbtVars;
  readonly fullRefresh: boolean;
  /** What it is for: dbt Cloud shows it. */
  readonly cause: string;
  /** After each node. */
  readonly done: (node: string) => void;
}

/** Instants as Lockstep writes them, names, and switches: nothing that a shell or Jinja could read as more. */
export type DbtVars = Readonly<Record<string, string | boolean>>;

export interface DbtRan {
  /** As `run_id` of the ledger has it. */
  readonly invocation: string;
  readonly nodes: readonly NodeResult[];
  /** Of the project as dbt understood it. */
  readonly manifest: () => Promise<unknown>;
}

export interface NodeResult {
  /** model.<project>.<name>, for example. */
  readonly id: string;
  /** success, pass, warn, error, fail, skipped, no-op, partial success … */
  readonly status: string;
  readonly message: string | null;
  readonly seconds: number;
  /** Of its last statement, if the adapter says so. */
  readonly rows: number | null;
  /** Of Snowflake: its last statement, or the one that failed. */
  readonly queryId: string | null;
}

/** Whether dbt holds it against the run. */
export const isFailed = ({ status }: NodeResult): boolean => ['error', 'fail', 'runtime error', 'partial success'].includes(status);

export const nameOf = ({ id }: Pick<NodeResult, 'id'>): string => id.split('.')[2] ?? id;

const plain = /^[\w:.+, /-]*$/;

/** Of the command line. An Error where a text is not what Lockstep gives dbt: it would be a fault of ours. */
export function dbtArguments({ command, select, vars, fullRefresh }: DbtAsked): readonly string[] {
  const json = JSON.stringify(vars);
  for (const text of [...select, ...Object.entries(vars).flat().map(String)])
    if (!plain.test(text)) throw new Error(`dbt is not given ${JSON.stringify(text)}`);
  return [command, '--select', ...select, '--vars', json, ...(fullRefresh ? ['--full-refresh'] : [])];
}
