/** What started this process, as orchestrators tell their children: `namespace/job/runid` in OPENLINEAGE_PARENT_ID. */
import { UsageError } from '../../usage-error.ts';
import type { Environment } from '../../warehouse/environment.ts';
import type { RunName } from './facets.ts';
import type { Ancestors } from './runs.ts';

/** Null: nobody says. */
export function ancestorsIn(environment: Environment): Ancestors | null {
  const parent = runIn(environment, 'OPENLINEAGE_PARENT_ID');
  return parent === null ? null : { parent, root: runIn(environment, 'OPENLINEAGE_ROOT_PARENT_ID') ?? parent };
}

function runIn(environment: Environment, variable: string): RunName | null {
  const text = environment[variable] ?? '';
  if (text === '') return null;
  const [namespace = '', name = '', runId = '', ...others] = text.split('/');
  if (namespace === '' || name === '' || !uuid.test(runId) || others.length > 0)
    throw new UsageError(`${variable} is no namespace/job/runid, the last a UUID`);
  return { job: { namespace, name }, runId };
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
