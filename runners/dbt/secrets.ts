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

/** As it is, and as it may stand in JSON or come back in capitals; the longest first. Of one or two letters nothing would be told. */
export function hider(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [
    secret,
    secret.toUpperCase(),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  const sorted = [...new Set(forms)].filter(({ length }) => length > 2).sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}
