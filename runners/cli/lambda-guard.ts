/** lockstep lambda guard: after a night of parity, tags of features that were found wrong go back to the last version that was proven. */
import { resolve } from 'node:path';
import type { Command as Program } from 'commander';
import { verdictsOn } from '../history/verdicts.ts';
import { type Guarded, guardTag } from '../promotion/guard.ts';
import type { Output, Run } from './command.ts';
import { deployedFeatures } from './deployed.ts';
import { required } from './given.ts';
import { type LambdaOptions, lambdaCommand, type Shown, shownBy } from './lambda-command.ts';
import { rollBackTo } from './lambda-roll-back.ts';

interface Options extends LambdaOptions {
  readonly tag: string;
  readonly history?: string;
  readonly dryRun?: boolean;
}

export function guard(parent: Program, run: Run): void {
  lambdaCommand(parent, 'guard', 'roll a tag back where parity found its version VIOLATED, to the last one that it has proven')
    .option('--tag <tag>', 'the tag', 'production')
    .option('--history <file>', 'where `parity --history` kept its verdicts')
    .option('--dry-run', 'say what would be done, and do nothing')
    .action((options: Options) => shownBy(run, options, (output) => guarded(options, output)));
}

async function guarded({ url, tag, history, dryRun = false }: Options, output: Output): Promise<Shown> {
  const file = resolve(required('--history <file>', history));
  const deployed = await deployedFeatures(url);
  const results: ({ readonly feature: string; readonly version: string } & Guarded)[] = [];
  for (const one of deployed) {
    const { feature, tags } = one;
    const version = tags[tag];
    if (version === undefined) continue;
    const evidence = await verdictsOn(file, feature, { say: output.say, patience: 10_000 });
    const decision = guardTag(one, tag, evidence);
    if (decision.does === 'goes back' && !dryRun) await rollBackTo(url, feature, tag, decision.to);
    results.push({ feature, version, ...decision });
  }
  if (results.length === 0) output.say(`no feature has the tag ${tag}`);
  return {
    json: { tag, dryRun, features: results },
    columns: ['feature', 'version', 'does', 'to', 'because'],
    rows: results.map((r) => [r.feature, r.version, r.does, r.does === 'goes back' ? r.to : '', r.because]),
    code: results.length === 0 ? 3 : results.some((r) => r.does === 'needs somebody') ? 1 : 0,
  };
}
