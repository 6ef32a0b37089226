/** What a running server has of features: `GET /features`. */
import type { DeployedFeature } from '../promotion/last-proven.ts';
import { UsageError } from '../usage-error.ts';
import { callServer } from './server-call.ts';

export interface Deployed extends DeployedFeature {
  /** What each tag names. */
  readonly tags: Readonly<Record<string, string>>;
  /** By tag, in order. */
  readonly moves: Readonly<Record<string, readonly Move[]>>;
}

export interface Move {
  readonly version: string;
  readonly at: string;
  readonly by: string;
  readonly ground?: { readonly reason?: string; readonly evidence?: { readonly run: string } };
}

export async function deployedFeatures(url: string): Promise<readonly Deployed[]> {
  const { engine, features } = await callServer(url, 'GET', '/features');
  return features.map((feature: Omit<Deployed, 'engine'>) => ({ engine, ...feature }));
}

/** UsageError if it has no such feature. */
export async function deployedFeature(url: string, name: string): Promise<Deployed> {
  const found = (await deployedFeatures(url)).find(({ feature }) => feature === name);
  if (found === undefined) throw new UsageError(`the server at ${url} has no feature ${name}`, `lockstep lambda deploy ${name}`);
  return found;
}
