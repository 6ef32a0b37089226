/** lockstep report --catalog: what features there are, whose, of what and for whom, and how they stand. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { ReportedRun } from '../history/run.ts';
import { readProfiles } from '../profile/read-profiles.ts';
import { type CatalogProject, catalogData } from '../report/catalog/build.ts';
import { type ServerFacts, serverFacts } from '../report/catalog/server-facts.ts';
import { catalogHtml } from '../report/html.ts';
import { UsageError } from '../usage-error.ts';
import type { ExitCode, Output } from './command.ts';
import { DoesNotCompile, type LoadedProject } from './load.ts';
import { callServer } from './server-call.ts';

export interface CatalogOptions {
  readonly url?: string;
  readonly profile: readonly string[];
  readonly feature?: readonly string[];
  readonly out?: string;
}

/** `runs`: null where no history was given. */
export async function reportCatalog(
  project: LoadedProject,
  runs: readonly ReportedRun[] | null,
  { url, profile, feature, out }: CatalogOptions,
  format: 'text' | 'json',
  written: { readonly at: string; readonly lockstep: string },
  output: Output,
): Promise<ExitCode> {
  const of = catalogProject(project, output);
  requireWritten(feature, of);
  const profiles = profile.length === 0 ? null : await readProfiles(profile);
  const server = url === undefined ? null : await askedServer(url);
  const asked = { runs, server, profiles: profiles?.map((p) => ({ ...p, file: basename(p.file) })) ?? null };
  const data = catalogData(of, asked, written, feature);
  // A program that reads the facts wants no page beside them, unless it says where.
  const file = format === 'text' || out !== undefined ? resolve(out ?? 'catalog.html') : null;
  const html = file === null ? '' : await catalogHtml(data);
  if (file !== null) await writeWhole(file, html);
  output.result(
    format === 'json'
      ? JSON.stringify(data, null, 2)
      : `${counted(data.features.length, 'feature')} in ${file} (${Math.ceil(Buffer.byteLength(html) / 1024)} KB)`,
  );
  return 0;
}

function catalogProject({ authored, compiled, files, diagnostics }: LoadedProject, output: Output): CatalogProject {
  const folder = `${authored.config.transforms}/features/`;
  const readable = new Set(authored.features.map((f) => f.file));
  const unread = files.flatMap(({ path }) => (path.startsWith(folder) && !readable.has(path) ? [path] : []));
  if (authored.features.length === 0 && hasErrors(diagnostics)) {
    output.say(renderDiagnostics(diagnostics, files, { color: output.color }));
    throw new DoesNotCompile('no feature of the project can be read');
  }
  const broken = authored.features.filter((f) => !compiled.features.some((c) => c.feature.name === f.name)).map((f) => f.name);
  if (broken.length > 0)
    output.say(`warning: these do not compile, and little is known of them: ${broken.join(', ')}; lockstep check says why`);
  if (unread.length > 0) output.say(`warning: these cannot be read: ${unread.join(', ')}; lockstep check says why`);
  return { name: authored.config.name ?? 'this project', authored, compiled: compiled.features, unread };
}

function requireWritten(wanted: readonly string[] | undefined, { authored }: CatalogProject): void {
  const names = authored.features.map((f) => f.name);
  const missing = (wanted ?? []).filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new UsageError(`the project has no ${missing.join(', ')}`, `there are ${names.slice(0, 20).join(', ') || 'none'}`);
}

async function askedServer(url: string): Promise<ServerFacts> {
  const [features, sources] = [await callServer(url, 'GET', '/features'), await callServer(url, 'GET', '/sources')];
  const facts = serverFacts(url, features, sources);
  if (facts === null) throw new UsageError(`${url} answers, and not as lockstep serve does`, 'is it another server?');
  return facts;
}

/** Whoever opens the page meanwhile has the one before. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    const { code } = thrown as NodeJS.ErrnoException;
    throw new UsageError(
      `--out ${file} cannot be written${code === undefined ? '' : `: ${code}`}`,
      'name a file in a folder that is there',
    );
  }
}
