/** lockstep compile: writes the dbt projects, the lambdas and the manifest. */

import { resolve } from 'node:path';
import { defaultConfig, type ProjectConfig, readConfig } from '../../compiler/authoring/config.ts';
import { counted } from '../../compiler/counted.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { diagnosticJson, renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { SourceFile } from '../../compiler/source.ts';
import { staleFiles, writeArtifacts } from '../artifact-files.ts';
import { type Artifacts, compiledOnce } from '../compile-cache.ts';
import { compileEvents } from '../orchestrate/lineage/compile-events.ts';
import { type Lineage, openLineage } from '../orchestrate/lineage/open.ts';
import { findProject, readProjectFiles } from '../project.ts';
import type { CliCommand, CommonOptions } from './command.ts';
import { compileIn, type LoadedProject, today } from './load.ts';
import { oneOf } from './one-of.ts';
import { expectShortRun } from './short-run.ts';

interface Options extends CommonOptions {
  readonly out?: string;
  readonly check?: boolean;
}

export const compile: CliCommand = {
  register: (program, run) => {
    program
      .command('compile')
      .description('compile all features into dbt models, query lambdas and a manifest')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--out <dir>', 'where to write dbt/, lambdas/ and manifest.json (default: build in the project)')
      .option('--check', 'write nothing; fail if what is written is stale')
      .option('--format <format>', 'text or json', 'text')
      .action((options: Options) =>
        run(async (output) => {
          expectShortRun();
          oneOf('--format', options.format, ['text', 'json'] as const);
          const folder = await findProject(options.project, process.cwd());
          const read = await readProjectFiles(folder);
          const out = resolve(options.out ?? `${folder}/build`);
          const day = today();
          const isCheck = options.check === true;
          const config = configOf(read.files);
          const lineage = isCheck ? null : await openLineage({ config, folder, environment: process.env, say: output.say, lanes: 8 });
          // What was kept of an earlier compilation does not have what events say.
          const whole = lineage === null ? null : await compileIn(folder, day, read);
          const { features, files, diagnostics } =
            whole === null
              ? await compiledOnce({ folder: `${folder}/build/.cache`, files: read.files, today: day, keep: !isCheck }, () =>
                  compileIn(folder, day, read).then(artifactsOf),
                )
              : artifactsOf(whole);
          const failed = hasErrors(diagnostics);
          const stale = isCheck && !failed ? await staleFiles(out, files) : [];
          if (!failed && !isCheck) await writeArtifacts(out, files);
          if (!failed && lineage !== null && whole !== null) await tellFeatures(lineage, whole);
          const ok = !failed && stale.length === 0;
          if (options.format === 'json') {
            const said = diagnostics.map((d) => diagnosticJson(d, read.files));
            output.result(JSON.stringify({ ok, diagnostics: said, out, files: failed ? [] : files.map((f) => f.path), stale }, null, 2));
          } else {
            if (diagnostics.length > 0) output.say(renderDiagnostics(diagnostics, read.files, { color: output.color }));
            const named = features.map((f) => `  ${f.name}  ${f.version}`).join('\n');
            if (failed) output.say('nothing was written');
            else if (isCheck)
              output.result(stale.length === 0 ? 'up to date' : `stale:\n${stale.map((s) => `  ${s}`).join('\n')}\nrun lockstep compile`);
            else output.result(`${counted(features.length, 'feature')}, ${counted(files.length, 'file')} in ${out}\n${named}`);
          }
          return ok ? 0 : 1;
        }),
      );
  },
};

function configOf(files: readonly SourceFile[]): ProjectConfig {
  const file = files.find(({ path }) => path === 'lockstep.yml');
  return file === undefined ? defaultConfig : readConfig(file, []);
}

async function tellFeatures(lineage: Lineage, { authored: { catalog, config, features }, compiled }: LoadedProject): Promise<void> {
  const written = new Map(features.map(({ name, sql }) => [name, sql]));
  const { target } = config.lineage;
  const [broker] = (process.env['KAFKA_BROKERS'] ?? '').split(',').map((text) => text.trim());
  const where = {
    catalog,
    place: target === null ? lineage.declared : lineage.placeOf(target),
    broker: broker === undefined || broker === '' ? null : broker,
  };
  const told = compiled.features.map((feature) => ({ compiled: feature, sql: written.get(feature.feature.name) ?? '' }));
  for (const event of compileEvents(told, where, lineage.speaker, lineage.now())) lineage.emit(event);
  await lineage.close();
}

function artifactsOf({ compiled, diagnostics }: LoadedProject): Artifacts {
  return { features: compiled.features.map((f) => ({ name: f.feature.name, version: f.version })), files: compiled.files, diagnostics };
}
