/** lockstep check: compile and lint, writing nothing. */
import { hasErrors } from '../../compiler/diagnostics.ts';
import { diagnosticJson, renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { CliCommand, CommonOptions } from './command.ts';
import { loadProject } from './load.ts';

export const check: CliCommand = {
  register: (program, run) => {
    program
      .command('check')
      .description('find everything that is wrong with the features, and write nothing')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: CommonOptions) =>
        run(async (output) => {
          const project = await loadProject(options.project);
          const ok = !hasErrors(project.diagnostics);
          if (options.format === 'json') {
            output.result(JSON.stringify({ ok, diagnostics: project.diagnostics.map((d) => diagnosticJson(d, project.files)) }, null, 2));
          } else {
            if (project.diagnostics.length > 0) output.say(renderDiagnostics(project.diagnostics, project.files, { color: output.color }));
            const errors = project.diagnostics.filter((d) => d.severity === 'error').length;
            output.result(ok ? `${project.compiled.features.length} features are fine` : `${errors} error${errors === 1 ? '' : 's'}`);
          }
          return ok ? 0 : 1;
        }),
      );
  },
};
