/** lockstep lambda promote: a tag moves to a version whose two forms were proven to agree, and not otherwise. */
import { resolve } from 'node:path';
import type { Command as Program } from 'commander';
import { verdictsOn } from '../history/verdicts.ts';
import { batchHalf } from '../promotion/batch-half.ts';
import { type Decision, decide } from '../promotion/decide.ts';
import type { Evidence } from '../promotion/evidence.ts';
import { UsageError } from '../usage-error.ts';
import type { Output, Run } from './command.ts';
import { type Deployed, deployedFeature } from './deployed.ts';
import { required } from './given.ts';
import { type BothOptions, movedBoth } from './lambda-both.ts';
import { type LambdaOptions, lambdaCommand, type Shown, segment, shownBy } from './lambda-command.ts';
import { type LoadedProject, loadProject } from './load.ts';
import { askServer, type Refusal } from './server-call.ts';

interface Options extends LambdaOptions, BothOptions {
  readonly tag: string;
  readonly version?: string;
  readonly history?: string;
  readonly force?: boolean;
  readonly reason?: string;
}

export function promote(parent: Program, run: Run): void {
  lambdaCommand(parent, 'promote <feature>', 'move a tag to a version that parity has proven')
    .option('--tag <tag>', 'the tag', 'production')
    .option('--version <version>', 'the version (default: that of the project, if the server has it, or else the latest)')
    .option('--history <file>', 'where `parity --history` kept its verdicts')
    .option('--force', 'without a verdict; the reason is kept with the move')
    .option('--reason <text>', 'with --force: why')
    .option('--both', "the feature's name in a target, too, where a roll-back has taken it from the version; with --target")
    .option('--target <name>', 'a target of lockstep.yml')
    .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
    .action((feature: string, options: Options) => shownBy(run, options, (output) => promoted(feature, options, output)));
}

async function promoted(feature: string, options: Options, output: Output): Promise<Shown> {
  const { tag, force = false, reason } = options;
  if (force !== (reason !== undefined))
    throw new UsageError(force ? '--force needs a --reason: it is kept with the move' : '--reason is of --force: a verdict needs none');
  if (force && options.history !== undefined)
    throw new UsageError('--history has the verdicts, and --force asks for none: give one of the two');
  const deployed = await deployedFeature(options.url, feature);
  const project = force ? null : await loadProject(options.project);
  const own = project?.compiled.features.find((f) => f.feature.name === feature)?.version;
  const version = options.version ?? deployed.versions.find((v) => v.version === own)?.version ?? deployed.tags['latest'];
  if (version === undefined)
    throw new UsageError(`the server at ${options.url} has no version of ${feature}`, `lockstep lambda deploy ${feature}`);
  const from = deployed.tags[tag] ?? null;
  const decision = project === null ? null : await decisionOn(feature, version, deployed, project, options, output);
  if (decision?.allowed === false) return notMoved({ feature, tag, version, from }, decision, output);
  const ground = decision === null ? { reason } : { evidence: decision.on };
  let conflict: Refusal | null = null;
  const batch = await movedBoth(
    options,
    feature,
    version,
    null,
    async () => {
      const { refusal } = await askServer(options.url, 'PUT', `/features/${segment(feature)}/tags/${segment(tag)}`, { version, ...ground });
      if (refusal !== null && refusal.type !== 'CONFLICT') throw new UsageError(refusal.message, refusal.hint);
      conflict = refusal;
      return refusal === null;
    },
    output.say,
  );
  if (conflict !== null) {
    const { message, hint = '' } = conflict as Refusal;
    return notMoved({ feature, tag, version, from }, { allowed: false, because: message, hint }, output);
  }
  if (force) output.say(`warning: ${feature} was promoted without a verdict: ${reason}`);
  else if (from === version) output.say(`${tag} names this version already`);
  if (batch?.todo !== undefined) output.say(`warning: ${feature} in ${batch.target}: ${batch.todo}`);
  return {
    json: { feature, tag, version, from, promoted: true, ...ground, ...(batch === null ? {} : { batch }) },
    columns: ['feature', 'tag', 'version', 'before', 'on'],
    rows: [[feature, tag, version, from ?? '', decision === null ? `--force: ${reason}` : inWords(decision.on)]],
  };
}

async function decisionOn(
  feature: string,
  version: string,
  deployed: Deployed,
  project: LoadedProject,
  { history, url }: Options,
  output: Output,
): Promise<Decision> {
  const file = resolve(required('--history <file>', history));
  const held = deployed.versions.find((v) => v.version === version);
  if (held === undefined)
    throw new UsageError(`the server at ${url} has no version ${version} of ${feature}`, `lockstep lambda show ${feature}`);
  const compiled = project.compiled.features.find((f) => f.feature.name === feature);
  if (compiled?.version !== version)
    return {
      allowed: false,
      because: `this project ${compiled === undefined ? 'has no such feature that compiles' : `compiles version ${compiled.version}`}, so its batch half is not at hand`,
      hint: `check out what compiles to ${version}, or name another with --version`,
    };
  const evidence = await verdictsOn(file, feature, { say: output.say, patience: 10_000 });
  const candidate = { feature, version, lambdaSha256: held.sql_sha256, engine: deployed.engine };
  return decide(candidate, evidence, project.authored.config.promotion, BigInt(Date.now()) * 1000n, batchHalf(feature, project));
}

function notMoved(
  of: { readonly feature: string; readonly tag: string; readonly version: string; readonly from: string | null },
  { because, hint }: Extract<Decision, { readonly allowed: false }>,
  output: Output,
): Shown {
  const { feature, tag, version, from } = of;
  output.say(`error: ${feature} is not promoted: ${because}${hint === '' ? '' : `\nhint: ${hint}`}`);
  return {
    json: { ...of, promoted: false, because, hint },
    columns: ['feature', 'tag', 'version', 'before', 'on'],
    rows: [[feature, tag, version, from ?? '', 'not promoted']],
    code: 1,
  };
}

function inWords({ run, mode, samples, census, upperBound, confidence }: Evidence): string {
  const bound = census
    ? 'a census'
    : upperBound === null
      ? 'no bound'
      : `at most ${(upperBound * 100).toPrecision(2)} % differ, at ${confidence * 100} %`;
  return `PROVEN in run ${run} (${mode}): ${samples} points, ${bound}`;
}
