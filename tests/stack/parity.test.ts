/** Parity with the batch form on ClickHouse: every marketplace feature on generated events, against DuckDB's lambda and the reference. */
import { describe, expect, test } from 'vitest';
import { openForms } from '../../runners/parity/logic.ts';
import { lookAtSample } from '../../runners/parity/look.ts';
import { logicLimits } from '../../runners/parity/sample.ts';
import { openSides } from '../../runners/parity/sides.ts';
import { decideLogic } from '../../runners/parity/verdict.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { catalog, project, worldOf } from '../marketplace/world.ts';
import { missingParts } from './in-stack.ts';

describe.skipIf(missingParts.includes('chdb'))('batch on ClickHouse', () => {
  test('says what the lambda and the reference say, at every point', async () => {
    const { events } = worldOf(23, 300);
    const aim = { target: 0.001, confidence: 0.95, latenessBudget: 1 };
    const sides = await openSides(catalog, events, events, { batch: 'clickhouse', stream: 'duckdb' });
    try {
      expect((await sides.versions()).batchEngine).toMatch(/^clickhouse \d/);
      const found = [];
      for (const compiled of project.compiled.features) {
        const forms = await openForms(compiled, compiledLambda(compiled, catalog), sides);
        const { compared } = await lookAtSample(forms, {
          ...{ compiled, catalog, events, aim, interval: undefined },
          ...{ seed: '1', limits: logicLimits },
        });
        found.push({ feature: compiled.feature.name, verdict: decideLogic(compared, aim).verdict });
      }
      expect(found).toEqual(project.compiled.features.map(({ feature }) => ({ feature: feature.name, verdict: 'PROVEN' })));
    } finally {
      sides.close();
    }
  }, 600_000);
});
