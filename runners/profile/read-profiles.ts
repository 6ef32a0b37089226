/** `--profile`: files, or folders of which every .json is one. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { type Profile, parseProfile } from './profile.ts';

/** `file`: as it was named. */
export async function readProfiles(places: readonly string[]): Promise<readonly { readonly file: string; readonly profile: Profile }[]> {
  const files = (await Promise.all(places.map(filesAt))).flat();
  return Promise.all(
    files.map(async (file) => {
      const found = parseProfile(await readFile(file, 'utf8'));
      if ('problem' in found) throw new DataError({ file, line: null, column: null }, found.problem);
      return { file, profile: found };
    }),
  );
}

async function filesAt(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch(() => {
    throw new DataError({ file: place, line: null, column: null }, 'there is no such file or folder');
  });
  if (!found.isDirectory()) return [place];
  const files = (await readdir(place)).filter((name) => name.endsWith('.json')).sort();
  return files.map((name) => join(place, name));
}
