/** lockstep compile: writes the dbt projects, the lambdas and the manifest. */

import { resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { diagnosticJson, renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { staleFiles, writeArtifacts } from '../artifact-files.ts';
import type { CliCommand, CommonOptions } from './command.ts';
import { loadProject } from './load.ts';
import { oneOf } from './one-of.ts';

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
          oneOf('--format', options.format, ['text', 'json'] as const);
          const project = await loadProject(options.project);
          const out = resolve(options.out ?? `${project.folder}/build`);
          const failed = hasErrors(project.diagnostics);
          const stale = options.check === true && !failed ? await staleFiles(out, project.compiled.files) : [];
          if (!failed && options.check !== true) await writeArtifacts(out, project.compiled.files);
          const ok = !failed && stale.length === 0;
          if (options.format === 'json') {
            const diagnostics = project.diagnostics.map((d) => diagnosticJson(d, project.files));
            output.result(
              JSON.stringify({ ok, diagnostics, out, files: failed ? [] : project.compiled.files.map((f) => f.path), stale }, null, 2),
            );
          } else {
            if (project.diagnostics.length > 0) output.say(renderDiagnostics(project.diagnostics, project.files, { color: output.color }));
            const features = project.compiled.features.map((f) => `  ${f.feature.name}  ${f.version}`).join('\n');
            if (failed) output.say('nothing was written');
            else if (options.check === true)
              output.result(stale.length === 0 ? 'up to date' : `stale:\n${stale.map((s) => `  ${s}`).join('\n')}\nrun lockstep compile`);
            else
              output.result(
                `${counted(project.compiled.features.length, 'feature')}, ${counted(project.compiled.files.length, 'file')} in ${out}\n${features}`,
              );
          }
          return ok ? 0 : 1;
        }),
      );
  },
};
