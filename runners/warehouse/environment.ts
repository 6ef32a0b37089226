/** `{{ env_var('NAME') }}` in the texts of a target, as dbt's profiles have it: what differs from machine to machine, and what is secret. */
import { UsageError } from '../usage-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const expression = /\{\{(.*?)\}\}/gs;
const variable = /^\s*env_var\(\s*(['"])(\w+)\1\s*(?:,\s*(['"])(.*?)\3\s*)?\)\s*$/s;

/** `what`: for messages, which never hold a value. */
export function fromEnvironment(text: string, what: string, environment: Environment): string {
  return text.replace(expression, (written: string, inner: string) => {
    const [, , name, , otherwise] = variable.exec(inner) ?? [];
    if (name === undefined)
      throw new UsageError(`${what} in lockstep.yml has ${written}`, "what is understood there is {{ env_var('NAME') }}");
    const value = environment[name] ?? otherwise;
    if (value === undefined || value === '')
      throw new UsageError(`${what} in lockstep.yml takes ${name} from the environment, which has no such value`);
    return value;
  });
}

/** What the environment has for the variables that a text names, those that are there. */
export function takenFrom(text: string, environment: Environment): readonly string[] {
  return [...text.matchAll(expression)].flatMap(([, inner = '']) => {
    const value = environment[variable.exec(inner)?.[2] ?? ''];
    return value === undefined ? [] : [value];
  });
}
