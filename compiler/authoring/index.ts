/** Everything an author writes, read and validated: the door of the compiler. */
import type { Catalog } from '../catalog.ts';
import type { FeatureDefinition } from '../definition.ts';
import { type Diagnostic, error, type Outcome } from '../diagnostics.ts';
import type { SourceFile } from '../source.ts';
import { defaultConfig, type ProjectConfig, readConfig } from './config.ts';
import { featureName, readFeature } from './feature-file.ts';
import { identifierPattern } from './reader.ts';
import { readSources } from './sources.ts';

export type { ProjectConfig } from './config.ts';

/** `lockstep.yml`, and under the folder of transforms `sources.yml`, `features/*.sql`, `shared/*.sql`. */
export interface ProjectFiles {
  readonly files: readonly SourceFile[];
}

export interface AuthoredProject {
  readonly config: ProjectConfig;
  readonly catalog: Catalog;
  readonly features: readonly FeatureDefinition[];
  /** Shared snippets: name and file. */
  readonly snippets: readonly { readonly name: string; readonly file: string }[];
  /** Every feature file could be read. */
  readonly complete: boolean;
}

/** A file that fails drops out and the others go on; the diagnostics are those of all files. */
export function readAuthored({ files }: ProjectFiles): Outcome<AuthoredProject> {
  const diagnostics: Diagnostic[] = [];
  const configFile = files.find(({ path }) => path === 'lockstep.yml');
  const config = configFile === undefined ? defaultConfig : readConfig(configFile, diagnostics);
  const sourcesPath = `${config.transforms}/sources.yml`;
  const sourcesFile = files.find(({ path }) => path === sourcesPath);
  if (sourcesFile === undefined) {
    diagnostics.push(
      error(
        'config-invalid',
        { file: configFile?.path ?? 'lockstep.yml', start: 0, end: 0 },
        `${sourcesPath} is missing`,
        'declare there the streams and tables that features read',
      ),
    );
  }
  const catalog = sourcesFile === undefined ? { sources: [] } : readSources(sourcesFile, diagnostics);
  const inFolder = (folder: string): SourceFile[] =>
    files
      .filter(({ path }) => path.startsWith(`${config.transforms}/${folder}/`) && /\.sql$/i.test(path))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  const snippets = new Map(
    inFolder('shared').map((file) => [file.path.slice(`${config.transforms}/shared/`.length).replace(/\.sql$/i, ''), file]),
  );
  const features = withOwnNames(inFolder('features'), diagnostics).flatMap((file) => readFeature(file, snippets, diagnostics) ?? []);
  const written = inFolder('features').length;
  return {
    value: {
      config,
      catalog,
      features,
      snippets: [...snippets].map(([name, { path }]) => ({ name, file: path })),
      complete: features.length === written && sourcesFile !== undefined,
    },
    diagnostics,
  };
}

function withOwnNames(files: readonly SourceFile[], diagnostics: Diagnostic[]): SourceFile[] {
  const taken = new Map<string, string>();
  return files.filter((file) => {
    const name = featureName(file.path);
    const before = taken.get(name.toLowerCase());
    const span = { file: file.path, start: 0, end: 0 };
    if (before !== undefined)
      diagnostics.push({ ...error('name-taken', span, `${before} already defines the feature \`${name}\``), feature: name });
    else if (!identifierPattern.test(name))
      diagnostics.push({ ...error('config-invalid', span, `\`${name}\` cannot name a feature`, 'letters, digits and _'), feature: name });
    else taken.set(name.toLowerCase(), file.path);
    return taken.get(name.toLowerCase()) === file.path;
  });
}
