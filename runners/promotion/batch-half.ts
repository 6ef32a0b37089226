/** The batch half of a pair, and what the feature promises, as the project has them now. */
import type { Compiled } from '../../compiler/artifacts/compile.ts';
import { gridPath, warehouses } from '../../compiler/artifacts/dbt.ts';
import { sha256 } from '../../compiler/artifacts/version.ts';
import type { AuthoredProject } from '../../compiler/authoring/index.ts';
import type { Aim } from '../parity/verdict.ts';
import type { BatchHalf } from './evidence.ts';

export function batchHalf(
  feature: string,
  { authored, compiled }: { readonly authored: AuthoredProject; readonly compiled: Compiled },
): BatchHalf {
  const { target, confidence } = promisedAim(feature, authored);
  return { models: modelDigests(feature, compiled), target, confidence };
}

/** The sha256 of the feature's model on each warehouse, by kind: `dbt_snowflake`. */
export function modelDigests(feature: string, { files }: Compiled): Readonly<Record<string, string>> {
  return Object.fromEntries(
    warehouses.flatMap((warehouse) => {
      const model = files.find((f) => f.path === `dbt/${warehouse}/${gridPath(feature)}`);
      return model === undefined ? [] : [[`dbt_${warehouse}`, sha256(model.text)]];
    }),
  );
}

export const commonAim: Aim = { target: 0.001, confidence: 0.95, latenessBudget: 1 };

/** Of its header, or what holds where that says nothing. */
export function promisedAim(feature: string, { features }: AuthoredProject): Aim {
  const own = features.find((f) => f.name === feature)?.header.parity;
  return {
    target: own?.target ?? commonAim.target,
    confidence: own?.confidence ?? commonAim.confidence,
    latenessBudget: own?.latenessBudget ?? commonAim.latenessBudget,
  };
}
