/** lockstep sources import: a draft of sources.yml, to stdout or to a file that is not there yet. */
import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { avroFacts } from '../sources/import/avro-facts.ts';
import { dbtRelations } from '../sources/import/dbt-facts.ts';
import { readDbtFiles } from '../sources/import/dbt-files.ts';
import { type Draft, draftsOf } from '../sources/import/draft.ts';
import { draftText } from '../sources/import/draft-text.ts';
import { targetCandidates } from '../sources/import/from-target.ts';
import { newestSchema } from '../sources/import/registry.ts';
import { type Candidate, declaredAs, select } from '../sources/import/select.ts';
import { realWarehouses } from '../sources/real/warehouse.ts';
import { type SchemaSettings, schemaSettings } from '../stream/schemas/settings.ts';
import { UsageError } from '../usage-error.ts';
import { targetNamed } from '../warehouse/target-file.ts';
import type { CommonOptions, ExitCode, Output } from './command.ts';
import { onlyWith } from './given.ts';
import { type LoadedProject, loadProject } from './load.ts';
import { oneOf } from './one-of.ts';

export interface Options extends CommonOptions {
  readonly manifest?: string;
  readonly target?: string;
  readonly relation?: readonly string[];
  readonly subject?: readonly string[];
  readonly registry?: string;
  readonly kind: string;
  readonly out?: string;
}

export async function importedSources(options: Options, output: Output): Promise<ExitCode> {
  const format = oneOf('--format', options.format, ['text', 'json'] as const);
  const kind = oneOf('--kind', options.kind, ['stream', 'table'] as const);
  const { out } = options;
  const from = fromOf(options);
  const project = await loadProject(options.project);
  const { sources } = project.authored.catalog;
  if (project.diagnostics.some((d) => d.severity === 'error' && d.span.file.endsWith('/sources.yml')))
    output.say('warning: sources.yml has errors: what it declares there is not known, and may be drafted again');
  const candidates = await candidatesOf(from, project, output);
  const selected = select(candidates, options.relation ?? []);
  for (const { label, source } of selected.declared) output.say(`${label} is declared already: the source ${source}`);
  if (selected.ours > 0)
    output.say(`left out, as Lockstep wrote ${selected.ours === 1 ? 'it' : 'them'}: ${counted(selected.ours, 'relation')}`);
  const drafts = draftsOf(
    selected.drafted,
    kind,
    sources.flatMap((s) => (s.kind === 'table' ? [s.name, `${s.name}_history`] : [s.name])),
  );
  const text = draftText(drafts, from.shown);
  if (out !== undefined) await writeNew(resolve(out), text);
  const described = drafts.map(({ name, label }) => ({ name, relation: label, kind }));
  if (format === 'json') {
    const draft = out === undefined ? { draft: text } : { out: resolve(out) };
    output.result(JSON.stringify({ sources: described, declared: selected.declared, ...draft }, null, 2));
  } else output.result(out === undefined ? text : `${counted(drafts.length, 'source')} in ${resolve(out)}`);
  for (const said of unanswered(drafts)) output.say(said);
  return 0;
}

type From = { readonly shown: string } & (
  | { readonly kind: 'manifest'; readonly file: string }
  | { readonly kind: 'target'; readonly name: string }
  | { readonly kind: 'registry'; readonly subjects: readonly string[]; readonly registry: SchemaSettings }
);

function fromOf({ manifest, target, subject, registry, relation }: Options): From {
  if ([manifest, target, subject].filter((given) => given !== undefined).length !== 1)
    throw new UsageError(
      'sources are drafted from dbt, from a warehouse or from a registry of schemas',
      'give one of --manifest <file>, --target <name> and --subject <name>',
    );
  onlyWith('--registry', registry, '--subject', subject !== undefined);
  onlyWith('--relation', relation?.[0], '--manifest and --target', subject === undefined);
  if (manifest !== undefined) return { kind: 'manifest', file: resolve(manifest), shown: manifest };
  if (target !== undefined) return { kind: 'target', name: target, shown: `the target ${target}` };
  const settings = registry === undefined ? schemaSettings(process.env['KAFKA_SCHEMA_REGISTRY']) : schemaSettings(registry, '--registry');
  if (settings === null)
    throw new UsageError('--subject is in a registry of schemas', 'give --registry <url>, or set KAFKA_SCHEMA_REGISTRY');
  return { kind: 'registry', subjects: subject ?? [], registry: settings, shown: `the registry of schemas at ${settings.url}` };
}

function candidatesOf(from: From, project: LoadedProject, output: Output): Promise<readonly Candidate[]> {
  switch (from.kind) {
    case 'manifest':
      return ofManifest(from.file, project, output);
    case 'target':
      return ofTarget(from.name, project, output);
    case 'registry':
      return ofRegistry(from.registry, from.subjects, project);
  }
}

async function ofRegistry(
  registry: SchemaSettings,
  subjects: readonly string[],
  { authored }: LoadedProject,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const subject of new Set(subjects)) {
    const facts = avroFacts(await newestSchema(registry, subject), subject);
    const declared = authored.catalog.sources.find((s) => s.topic !== null && s.topic === facts.topic?.value);
    candidates.push({ facts, names: [subject], declared, isOurs: false });
  }
  return candidates;
}

async function ofManifest(file: string, { authored }: LoadedProject, output: Output): Promise<readonly Candidate[]> {
  const files = await readDbtFiles(file);
  if (!files.hasCatalog)
    output.say('there is no catalog.json beside the manifest: types are those that dbt was told (`dbt docs generate` writes it)');
  return dbtRelations(files).map(({ facts, names, relation, model, isOurs }) => ({
    facts,
    names,
    declared: declaredAs(authored.catalog.sources, relation, model),
    isOurs,
  }));
}

async function ofTarget(name: string, { authored, compiled, folder }: LoadedProject, { say }: Output): Promise<readonly Candidate[]> {
  const declared = targetNamed(authored.config, name);
  const target = { name, declared, folder, environment: process.env, say };
  const warehouse = await realWarehouses[declared.engine](target);
  try {
    const features = compiled.features.map(({ feature }) => feature.name);
    return targetCandidates(await warehouse.relations(), target, authored.catalog.sources, features);
  } finally {
    await warehouse.close();
  }
}

function unanswered(drafts: readonly Draft[]): readonly string[] {
  return drafts.flatMap((draft) => {
    const { kind, key, time, warehouse, columns } = draft;
    const open = [
      ...(warehouse.value === null ? ['warehouse'] : []),
      ...(key.value === null ? ['key'] : []),
      ...(time.value === null ? [kind === 'stream' ? 'event_time' : 'updated_at'] : []),
      ...columns.flatMap((c) => (c.refused === null && c.type.kind === 'unknown' ? [`the type of ${c.name}`] : [])),
    ];
    return open.length === 0 ? [] : [`${draft.name}: still to be said: ${open.join(', ')}`];
  });
}

/** Whole or not at all, and never over another file. */
async function writeNew(file: string, text: string): Promise<void> {
  const beside = join(dirname(file), `.writing-${randomUUID()}`);
  try {
    await writeFile(beside, text);
    await link(beside, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    throw new UsageError(`--out ${file} is there already`, 'a draft goes into a new file');
  } finally {
    await rm(beside, { force: true });
  }
}
