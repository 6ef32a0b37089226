/** Verdicts told to the Dagster that started the process; to nobody, if none did. */

import type { FeatureReport } from '../../parity/report.ts';
import { UsageError } from '../../usage-error.ts';
import { type AssetKey, type Pipes, withPipes } from '../dagster-ts-client/index.ts';
import { type About, failedCheck, verdictCheck } from './verdict-check.ts';

export interface VerdictChecks {
  /** Dagster hears of every verdict, and its checks say what is red: the exit code says only whether all were asked. */
  readonly areHeard: boolean;
  readonly verdict: (report: FeatureReport, owner: string | null) => void;
  readonly failure: (feature: string, message: string, owner: string | null) => void;
}

export const withVerdictChecks = <T>(work: (checks: VerdictChecks) => Promise<T>): Promise<T> =>
  withPipes((pipes) => work(checksOf(pipes)));

function checksOf(pipes: Pipes): VerdictChecks {
  if (!pipes.isActive) return { areHeard: false, verdict: () => {}, failure: () => {} };
  const { assets, check, report } = givenIn(pipes.context.extras['lockstep']);
  const about = (owner: string | null): About => ({ owner, report });
  const placeOf = (feature: string) => ({ assetKey: assets[feature] ?? [feature], checkName: check });
  return {
    areHeard: true,
    verdict: (of, owner) => {
      pipes.reportAssetCheck({ ...placeOf(of.feature), ...verdictCheck(of, about(owner)) });
      const log = of.verdict === 'PROVEN' ? pipes.log.info : of.verdict === 'VIOLATED' ? pipes.log.error : pipes.log.warning;
      log(`${of.verdict} ${of.feature}: ${of.samples} points, ${of.mismatches} differ`);
    },
    failure: (feature, message, owner) => {
      pipes.reportAssetCheck({ ...placeOf(feature), ...failedCheck(message, about(owner)) });
      pipes.log.error(`${feature} was not compared: ${message}`);
    },
  };
}

interface Given {
  /** By feature; one that is not there has an asset of its own name. */
  readonly assets: Readonly<Record<string, AssetKey>>;
  /** The name of the check. */
  readonly check: string;
  readonly report: string | null;
}

const nothing: Given = { assets: {}, check: 'parity', report: null };

/** `extras={"lockstep": {"assets": {"stream_viewers": ["features", "stream_viewers"]}, "report": "https://…"}}` */
function givenIn(extra: unknown): Given {
  if (extra === undefined || extra === null) return nothing;
  if (typeof extra !== 'object') throw wrong('it is no object');
  const { assets = {}, check = nothing.check, report = null, ...others } = extra as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrong(`it has no \`${unknown}\``);
  if (report !== null && typeof report !== 'string') throw wrong('`report` is no text');
  if (typeof check !== 'string') throw wrong('`check` is no text');
  const isKey = (key: unknown): key is readonly string[] =>
    Array.isArray(key) && key.length > 0 && key.every((part) => typeof part === 'string');
  if (typeof assets !== 'object' || assets === null || !Object.values(assets).every(isKey))
    throw wrong('`assets` maps features to the parts of asset keys');
  return { assets: assets as Given['assets'], check, report };
}

const wrong = (what: string): UsageError =>
  new UsageError(
    `the extra \`lockstep\` of the Pipes session is not as it should be: ${what}`,
    'it may have `assets`, `check` and `report`',
  );
