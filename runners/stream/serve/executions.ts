/** When each version was last executed, by whichever route it was asked. */
import type { Definition } from '../registry/journal.ts';

/** The last one since the server began. */
export interface Execution {
  readonly at: string;
  readonly by: string;
  readonly error: { readonly type: string; readonly message: string } | null;
}

export interface Executions {
  /** When the server began. */
  readonly since: string;
  readonly note: (definition: Definition, execution: Execution) => void;
  readonly last: (definition: Definition) => Execution | undefined;
}

export function openExecutions(since: string): Executions {
  const last = new WeakMap<Definition, Execution>();
  return {
    since,
    note: (definition, execution) => void last.set(definition, execution),
    last: (definition) => last.get(definition),
  };
}
