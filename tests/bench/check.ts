/** Fifty features checked as a pull request does it: compiled, linted, their examples, every form on generated events, all formats. */

import { runEngines } from '../../runners/check/run/run-features.ts';
import { runCheck } from '../../runners/check/run-check.ts';
import { checkFormats } from '../../runners/cli/check-formats/index.ts';
import { compileIn } from '../../runners/cli/load.ts';
import { benchProject } from './project.ts';

export interface CheckBench {
  readonly features: number;
  readonly points: number;
  readonly examples: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export async function benchCheck(project: string, count: number): Promise<CheckBench> {
  const files = await benchProject(project, count);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const loaded = await compileIn(project, '2026-01-01', { files, diagnostics: [] });
  const options = {
    since: undefined,
    run: { seed: '1', engines: runEngines },
    profiles: undefined,
    at: '2026-01-01T00:00:00',
    onProgress: () => undefined,
  };
  const { result } = await runCheck(loaded, options);
  for (const format of Object.values(checkFormats)) format(result);
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const ran = result.features.flatMap((f) => f.run ?? []);
  if (ran.length !== count || ran.some((r) => r.telling === 0 || r.mismatches.length > 0))
    throw new Error(
      `${ran.filter((r) => r.telling > 0).length} of ${count} features were tested, ${ran.filter((r) => r.mismatches.length > 0).length} differ`,
    );
  return {
    features: count,
    points: ran.reduce((sum, r) => sum + r.points, 0),
    examples: result.features.reduce((sum, f) => sum + f.examples, 0),
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
  };
}
