/** lockstep compile: writes the dbt projects, the lambdas and the manifest. */

import { resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { diagnosticJson, renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { staleFiles, writeArtifacts } from '../artifact-files.ts';
import { type Artifacts, compiledOnce } from '../compile-cache.ts';
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
          const { features, files, diagnostics } = await compiledOnce(
            { folder: `${folder}/build/.cache`, files: read.files, today: day, keep: options.check !== true },
            () => compileIn(folder, day, read).then(artifactsOf),
          );
          const failed = hasErrors(diagnostics);
          const stale = options.check === true && !failed ? await staleFiles(out, files) : [];
          if (!failed && options.check !== true) await writeArtifacts(out, files);
          const ok = !failed && stale.length === 0;
          if (options.format === 'json') {
            const said = diagnostics.map((d) => diagnosticJson(d, read.files));
            output.result(JSON.stringify({ ok, diagnostics: said, out, files: failed ? [] : files.map((f) => f.path), stale }, null, 2));
          } else {
            if (diagnostics.length > 0) output.say(renderDiagnostics(diagnostics, read.files, { color: output.color }));
            const named = features.map((f) => `  ${f.name}  ${f.version}`).join('\n');
            if (failed) output.say('nothing was written');
            else if (options.check === true)
              output.result(stale.length === 0 ? 'up to date' : `stale:\n${stale.map((s) => `  ${s}`).join('\n')}\nrun lockstep compile`);
            else output.result(`${counted(features.length, 'feature')}, ${counted(files.length, 'file')} in ${out}\n${named}`);
          }
          return ok ? 0 : 1;
        }),
      );
  },
};

function artifactsOf({ compiled, diagnostics }: LoadedProject): Artifacts {
  return { features: compiled.features.map((f) => ({ name: f.feature.name, version: f.version })), files: compiled.files, diagnostics };
}
