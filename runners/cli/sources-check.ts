/** lockstep sources check: what of the declared sources is not as a warehouse has it, and whom that concerns. */
import { counted } from '../../compiler/counted.ts';
import { didYouMean } from '../../compiler/diagnostics.ts';
import { parseInstant } from '../data/instant.ts';
import { checkSources } from '../sources/check/check-sources.ts';
import { realWarehouses } from '../sources/real/warehouse.ts';
import { UsageError } from '../usage-error.ts';
import { targetNamed } from '../warehouse/target-file.ts';
import type { CommonOptions, ExitCode, Output } from './command.ts';
import { required } from './given.ts';
import { type LoadedProject, loadProject } from './load.ts';
import { oneOf } from './one-of.ts';
import { checkedJson, checkedText } from './sources-check-text.ts';

export interface Options extends CommonOptions {
  readonly target?: string;
  readonly source?: readonly string[];
  readonly now?: string;
}

export async function checkedSources(options: Options, output: Output): Promise<ExitCode> {
  const format = oneOf('--format', options.format, ['text', 'json'] as const);
  const name = required('--target <name>', options.target);
  const now = options.now === undefined ? BigInt(Date.now()) * 1000n : parseInstant(options.now);
  if (now === undefined) throw new UsageError(`--now ${options.now} is no instant`, 'UTC, as in 2026-01-31T12:00:00');
  const project = await loadProject(options.project);
  const declared = targetNamed(project.authored.config, name);
  const sources = namedSources(project, options.source ?? []);
  const { features } = project.compiled;
  const { transforms } = project.authored.config;
  const lost = project.files.filter(({ path }) => path.startsWith(`${transforms}/features/`)).length - features.length;
  if (lost > 0) output.say(`warning: ${counted(lost, 'feature does', 'features do')} not compile, and what concerns them is not said`);
  const warehouse = await realWarehouses[declared.engine]({
    name,
    declared,
    folder: project.folder,
    environment: process.env,
    say: output.say,
  });
  const progress = output.progress('sources', sources.length);
  try {
    const checked = await checkSources(warehouse, {
      sources,
      features: features.map(({ feature }) => feature),
      engine: declared.engine,
      now,
      step: progress.step,
    });
    output.result(format === 'json' ? checkedJson(checked, name, now) : checkedText(checked));
    return checked.some(({ findings }) => findings.some((f) => f.severity === 'error')) ? 1 : 0;
  } finally {
    progress.end();
    await warehouse.close();
  }
}

function namedSources({ authored }: LoadedProject, names: readonly string[]) {
  const { sources } = authored.catalog;
  if (sources.length === 0)
    throw new UsageError('the project declares no sources', 'they are in transforms/sources.yml: lockstep sources import drafts it');
  if (names.length === 0) return sources;
  for (const name of names)
    if (!sources.some((s) => s.name.toLowerCase() === name.toLowerCase())) {
      const all = sources.map((s) => s.name);
      throw new UsageError(`there is no source ${name}`, didYouMean(name, all) ?? `there are ${all.join(', ')}`);
    }
  return sources.filter((s) => names.some((name) => s.name.toLowerCase() === name.toLowerCase()));
}
