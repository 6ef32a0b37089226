/** A project read and compiled, for the commands that need it whole. */

import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { type Compiled, compileProject } from '../../compiler/artifacts/compile.ts';
import { defaultConfig } from '../../compiler/authoring/config.ts';
import type { AuthoredProject } from '../../compiler/authoring/index.ts';
import { type Diagnostic, didYouMean, hasErrors } from '../../compiler/diagnostics.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { SourceFile } from '../../compiler/source.ts';
import { findProject, type ReadFiles, readProject } from '../project.ts';
import { UsageError } from '../usage-error.ts';
import type { Output } from './command.ts';

export interface LoadedProject {
  readonly folder: string;
  readonly files: readonly SourceFile[];
  readonly authored: AuthoredProject;
  readonly compiled: Compiled;
  /** Of reading and of compiling, in the order of files and places. */
  readonly diagnostics: readonly Diagnostic[];
}

export async function loadProject(named: string | undefined): Promise<LoadedProject> {
  return compileIn(await findProject(named, process.cwd()), today());
}

export const today = (): string => new Date().toISOString().slice(0, 10);

export async function compileIn(folder: string, day: string, files?: ReadFiles): Promise<LoadedProject> {
  const read = await readProject(folder, files);
  const authored = read.value ?? {
    config: defaultConfig,
    catalog: { sources: [] },
    features: [],
    snippets: [],
    complete: false,
  };
  const compiled = compileProject(authored, day);
  const diagnostics = [...read.diagnostics, ...compiled.diagnostics].sort((a, b) =>
    a.span.file < b.span.file ? -1 : a.span.file > b.span.file ? 1 : a.span.start - b.span.start,
  );
  return { folder, files: read.files, authored, compiled, diagnostics };
}

/** What is wrong is said already, with its places: exit code 1, as of `check`. */
export class DoesNotCompile extends Error {}

/** The feature, or an error that shows what is wrong with it. */
export function requireFeature(project: LoadedProject, name: string | undefined, output: Output): CompiledFeature {
  const names = project.authored.features.map((f) => f.name);
  const present = names.length === 0 ? 'the project has no features' : `there are ${names.join(', ')}`;
  if (name === undefined) throw new UsageError('no feature is named', present);
  const found = project.compiled.features.find((f) => f.feature.name === name);
  if (found !== undefined) return found;
  const own = project.diagnostics.filter((d) => d.feature === name || d.span.file.endsWith(`/${name}.sql`));
  if (hasErrors(own)) {
    output.say(renderDiagnostics(own, project.files, { color: output.color }));
    throw new DoesNotCompile(`the feature ${name} does not compile`);
  }
  throw new UsageError(`there is no feature ${name}`, didYouMean(name, names) ?? present);
}
