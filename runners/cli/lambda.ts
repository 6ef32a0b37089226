/** lockstep lambda: what a running server has deployed, and what becomes of it. */
import type { Command as Program } from 'commander';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { type Deployed, deployedFeatures, type Move } from './deployed.ts';
import { call, compiledOnes, type LambdaOptions, lambdaCommand, moved, type Shown, shownBy } from './lambda-command.ts';
import { guard } from './lambda-guard.ts';
import { promote } from './lambda-promote.ts';
import { rollBack } from './lambda-roll-back.ts';
import { DoesNotCompile, type LoadedProject, loadProject, requireFeature } from './load.ts';
import { askServer, callServer, type Said } from './server-call.ts';
import type { Cell } from './table.ts';

export const lambda: CliCommand = {
  register: (program, run) => {
    const parent = program
      .command('lambda')
      .description('features and query lambdas of a running server: list, deploy, tag, roll back, execute')
      .addHelpText('after', '\nLOCKSTEP_API_KEY is the key, if the server asks for one.');
    const subcommand = (usage: string, description: string): Program => lambdaCommand(parent, usage, description);
    const ofWorkspace = (command: Program): Program =>
      command.option('--workspace <name>', 'of lambdas that are no compiled features', compiledOnes);
    const act = (options: LambdaOptions, work: (output: Output) => Promise<Shown>): Promise<void> => shownBy(run, options, work);
    subcommand('list', 'all lambdas of the server')
      .option('--workspace <name>', 'only those of this workspace')
      .action((options: LambdaOptions) => act(options, () => list(options)));
    ofWorkspace(subcommand('show <name>', 'versions and tags of a lambda')).action((name: string, options: LambdaOptions) =>
      act(options, () => show(options, name)),
    );
    subcommand('deploy [features...]', 'deploy the features of the project, or those that are named')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .action((names: string[], options: LambdaOptions & { readonly project?: string }) =>
        act(options, (output) => deploy(options, names, output)),
      );
    ofWorkspace(subcommand('tag <name> <tag> <version>', 'move a tag to a version')).action(
      (name: string, tag: string, version: string, options: LambdaOptions) =>
        act(options, async () => moved(name, await call(options, 'POST', [name, 'tags'], { tag_name: tag, version }))),
    );
    ofWorkspace(subcommand('execute <name>', 'ask a lambda'))
      .option('--tag <tag>', 'the version that it names (default: latest)')
      .option('--version <version>', 'this version')
      .option('--param <name=value...>', 'a parameter; name:type=value where the lambda does not declare its type')
      .action((name: string, options: Executing) => act(options, (output) => execute(options, name, output)));
    for (const register of [promote, rollBack, guard]) register(parent, run);
  },
};

async function list({ url, workspace }: LambdaOptions): Promise<Shown> {
  const { data } = await callServer(url, 'GET', '/v1/orgs/self/lambdas');
  const lambdas = (data as readonly Said[]).filter((l) => workspace === undefined || l.workspace === workspace);
  return {
    json: lambdas,
    columns: ['workspace', 'lambda', 'latest', 'versions', 'updated', 'by'],
    rows: lambdas.map((l) => [l.workspace, l.name, l.latest_version?.version ?? null, l.version_count, l.last_updated, l.last_updated_by]),
  };
}

async function show(options: LambdaOptions, name: string): Promise<Shown> {
  const { data: versions } = await call(options, 'GET', [name, 'versions']);
  const { data: tags } = await call(options, 'GET', [name, 'tags']);
  const moves = await movesOf(options, name);
  const tagsOf = (version: string): string =>
    (tags as readonly Said[]).flatMap((t) => (t.version?.version === version ? [t.tag_name] : [])).join(', ');
  return {
    json: { versions, tags: Object.fromEntries((tags as readonly Said[]).map((t) => [t.tag_name, t.version?.version])), moves },
    columns: ['version', 'tags', 'state', 'made', 'by', 'last executed', 'moved there'],
    rows: (versions as readonly Said[]).map((v) => [
      v.version,
      tagsOf(v.version),
      v.state,
      v.created_at,
      v.created_by,
      v.stats.last_executed ?? '',
      lastMoves(moves, v.version),
    ]),
  };
}

/** By tag, in order; of what is no compiled feature nobody keeps them. */
async function movesOf({ url, workspace = compiledOnes }: LambdaOptions, name: string): Promise<Deployed['moves']> {
  if (workspace !== compiledOnes) return {};
  return (await deployedFeatures(url)).find(({ feature }) => feature === name)?.moves ?? {};
}

/** Of each tag that was last moved to the version: by whom, when, and on what. */
function lastMoves(moves: Deployed['moves'], version: string): string {
  const last = Object.entries(moves).flatMap(([tag, of]) => {
    const move = of.at(-1);
    return tag === 'latest' || move?.version !== version ? [] : [[tag, move] as const];
  });
  return last
    .map(([tag, { at, by, ground }]) => `${tag} at ${at} by ${by}${ground === undefined ? '' : `: ${groundText(ground)}`}`)
    .join('; ');
}

const groundText = ({ reason, evidence }: NonNullable<Move['ground']>): string =>
  reason === undefined ? `run ${evidence?.run}` : `--force: ${reason}`;

async function deploy(options: LambdaOptions & { readonly project?: string }, names: readonly string[], output: Output): Promise<Shown> {
  const project = await loadProject(options.project);
  const results: { readonly feature: string; readonly version: string; readonly outcome: string }[] = [];
  let code: ExitCode = 0;
  for (const compiled of wanted(project, names, output)) {
    const { feature, version } = compiled;
    const { artifact, sql } = compiledLambda(compiled, project.authored.catalog);
    const { refusal, said } = await askServer(options.url, 'POST', '/features', { artifact, sql });
    if (refusal === null) {
      results.push({ feature: feature.name, version, outcome: said.made === true ? 'deployed' : 'already there' });
      continue;
    }
    if (refusal.type !== 'CONFLICT') throw new UsageError(refusal.message, refusal.hint);
    output.say(`error: ${refusal.message}${refusal.hint === undefined ? '' : `\nhint: ${refusal.hint}`}`);
    results.push({ feature: feature.name, version, outcome: 'refused' });
    code = 1;
  }
  return { json: results, columns: ['feature', 'version', 'outcome'], rows: results.map((r) => [r.feature, r.version, r.outcome]), code };
}

function wanted(project: LoadedProject, names: readonly string[], output: Output): readonly CompiledFeature[] {
  if (names.length > 0) return names.map((name) => requireFeature(project, name, output));
  if (hasErrors(project.diagnostics)) {
    output.say(renderDiagnostics(project.diagnostics, project.files, { color: output.color }));
    throw new DoesNotCompile('the project does not compile: nothing was deployed');
  }
  return project.compiled.features;
}

interface Executing extends LambdaOptions {
  readonly tag?: string;
  readonly version?: string;
  readonly param?: readonly string[];
}

async function execute(options: Executing, name: string, output: Output): Promise<Shown> {
  const { tag, version } = options;
  if (tag !== undefined && version !== undefined) throw new UsageError('--tag and --version say twice which version', 'leave one out');
  const parameters = (options.param ?? []).map(parameterGiven);
  const path = version === undefined ? [name, 'tags', tag ?? 'latest'] : [name, 'versions', version];
  const found = await call(options, 'POST', path, { parameters });
  const { as_of: asOf, version: asked, elapsed_time_ms: took } = found.stats;
  output.say(`${found.query_lambda_path.split(':')[0]} ${asked}${asOf === undefined ? '' : ` as of ${asOf}`}, ${took} ms`);
  const columns: readonly string[] = found.column_fields.map((c: Said) => c.name);
  return { json: found, columns, rows: found.results.map((row: Said) => columns.map((c) => cellOf(row[c] ?? null))) };
}

const cellOf = (value: unknown): Cell =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : (value as Cell);

function parameterGiven(text: string): object {
  const [, name, type, value] = /^([^=:]+)(?::([a-z]+))?=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--param ${text}: a parameter is name=value`, 'or name:type=value');
  return { name, ...(type === undefined ? {} : { type }), value };
}
