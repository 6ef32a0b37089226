/** lockstep check: compile, lint and run the examples of the headers, writing nothing. */
import { counted } from '../../compiler/counted.ts';
import { type Diagnostic, hasErrors } from '../../compiler/diagnostics.ts';
import { diagnosticJson, renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { runExamples } from '../examples/run-examples.ts';
import type { CliCommand, CommonOptions, Output } from './command.ts';
import { type LoadedProject, loadProject } from './load.ts';
import { oneOf } from './one-of.ts';
import { changesSince, renderSince } from './since.ts';

export const check: CliCommand = {
  register: (program, run) => {
    program
      .command('check')
      .description('find everything that is wrong with the features, and write nothing')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--since <ref>', 'also say what each feature has become since a commit, branch or tag')
      .option('--format <format>', 'text or json', 'text')
      .action((options: CommonOptions & { readonly since?: string }) =>
        run(async (output) => {
          const format = oneOf('--format', options.format, ['text', 'json'] as const);
          const project = await loadProject(options.project);
          const since = options.since === undefined ? undefined : await changesSince(options.since, project);
          const diagnostics = [...project.diagnostics, ...(await examplesOf(project, output))];
          const ok = !hasErrors(diagnostics);
          if (format === 'json') {
            output.result(
              JSON.stringify(
                { ok, diagnostics: diagnostics.map((d) => diagnosticJson(d, project.files)), ...(since === undefined ? {} : { since }) },
                null,
                2,
              ),
            );
          } else {
            if (diagnostics.length > 0) output.say(renderDiagnostics(diagnostics, project.files, { color: output.color }));
            if (since !== undefined) output.result(renderSince(since));
            const errors = diagnostics.filter((d) => d.severity === 'error').length;
            output.result(
              ok ? counted(project.compiled.features.length, 'feature is fine', 'features are fine') : counted(errors, 'error'),
            );
          }
          return ok ? 0 : 1;
        }),
      );
  },
};

/** Of features that compile; the others have said what is wrong. */
async function examplesOf({ authored, compiled }: LoadedProject, output: Output): Promise<readonly Diagnostic[]> {
  const cases = authored.features.flatMap((definition) => {
    const own = compiled.features.find((c) => c.feature.name === definition.name);
    return own === undefined ? [] : definition.header.examples.map((example) => ({ example, compiled: own }));
  });
  const progress = output.progress('examples', cases.length);
  const found = await runExamples(cases, authored.catalog, progress.step);
  progress.end();
  return found;
}
