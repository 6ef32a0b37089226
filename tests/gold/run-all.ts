/** All cases on all engines. */
import type { GoldEngine } from './engines.ts';
import type { GoldCase } from './read-cases.ts';
import type { Found } from './report.ts';
import { type Outcome, prepare, runCase } from './run-case.ts';

export async function runAll(
  cases: readonly GoldCase[],
  chosen: readonly GoldEngine[],
  onProgress: (done: number) => void = () => {},
): Promise<ReadonlyMap<string, Found>> {
  const opened = await Promise.all(chosen.map(async (engine) => ({ name: engine.name, engine: await engine.open() })));
  const found = new Map(chosen.map(({ name }): [string, { gold: GoldCase; outcome: Outcome }[]] => [name, []]));
  try {
    for (const [i, gold] of cases.entries()) {
      const prepared = prepare(gold);
      for (const { name, engine } of opened) found.get(name)?.push({ gold, outcome: await runCase(gold, prepared, engine) });
      onProgress(i + 1);
    }
  } finally {
    for (const { engine } of opened) engine.close();
  }
  return found;
}
