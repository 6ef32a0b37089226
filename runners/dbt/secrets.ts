/** What no message of dbt may show: what signs in, from the environment or from its profiles. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, takenFrom } from '../warehouse/environment.ts';

const secretKey = /(?:pas|pwd|token|secret|key|phrase|credential)\w{0,100}["']?\s*:\s*(["']?)([^"'\n#{},]+)\1/gi;

/** `folder`: of profiles.yml. One that cannot be read is dbt's to complain of. */
export async function secretsOfProfiles(folder: string, environment: Environment): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'profiles.yml'), 'utf8').catch(() => '');
  return [...takenFrom(text, environment), ...[...text.matchAll(secretKey)].map(([, , value = '']) => value.trim())];
}
