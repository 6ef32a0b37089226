/** The verdict about one feature: a census of the answers that were given. */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import { biasOf } from '../../../runners/parity/bias.ts';
import { compareForms } from '../../../runners/parity/compare-forms.ts';
import { deviationsOf } from '../../../runners/parity/deviations.ts';
import { collectEvidence } from '../../../runners/parity/evidence/collect.ts';
import { type Forms, once, originOf, withCauses } from '../../../runners/parity/forms.ts';
import { freshnessOf } from '../../../runners/parity/freshness.ts';
import { lookAtServed } from '../../../runners/parity/look.ts';
import { replayed } from '../../../runners/parity/replay.ts';
import { type FeatureReport, featureReport } from '../../../runners/parity/report.ts';
import { type Aim, decideReplay } from '../../../runners/parity/verdict.ts';
import { printedWitnesses } from '../../../runners/parity/witness/printed.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { compiledLambda } from '../../../runners/stored-lambda.ts';
import type { Answers, Asked } from './answers.ts';

/** What looks at the whole country sees each late flight; an airport's own answers are to differ at one point in ten at most. */
const ofTheCountry = new Set(['country_traffic', 'origin_share']);
const aimOf = (feature: string): Aim => ({ target: 0.001, confidence: 0.95, latenessBudget: ofTheCountry.has(feature) ? 1 : 0.1 });

export async function judged(
  { compiled, lambda, spine }: Asked,
  answers: { readonly batch: Answers; readonly stream: Answers },
  catalog: Catalog,
  flights: { readonly batch: SourceRows; readonly stream: SourceRows },
  features: number,
): Promise<FeatureReport> {
  const { feature } = compiled;
  const aim = aimOf(feature.name);
  const [had, came] = [new Map([['flights', flights.batch]]), new Map([['flights', flights.stream]])];
  const evidence = once(() => collectEvidence(feature, catalog, had, came));
  const origin = originOf(compiled, lambda, catalog);
  const own = compiledLambda(compiled, catalog);
  const forms: Forms = {
    answer: async () => {
      const reference = evaluateFeature(feature, catalog, had, spine, { knowledge: 'event' });
      return {
        batchAgainstLambda: compareForms(feature, catalog, had, spine, answers.batch, answers.stream),
        referenceAgainstBatch: compareForms(feature, catalog, had, spine, answers.batch, reference),
        batch: answers.batch,
        lambda: answers.stream,
        changes: new Map(),
      };
    },
    isOutside: () => false,
    explain: (asked, answered) => {
      const intact = (points: readonly { readonly row: (typeof spine)[number] }[]) =>
        replayed(
          own,
          catalog.sources,
          came,
          points.map((p) => p.row),
        );
      return withCauses(
        { feature, catalog, evidence: evidence(), arrival: true, inTable: undefined, built: undefined, origin, intact },
        asked,
        answered,
      );
    },
    bias: (asked, answered) => biasOf(feature, catalog, had, asked, answered),
    entities: async () => [],
    streamOn: (events, asked) => replayed(lambda, catalog.sources, events, asked),
    evidence,
    origin,
    otherBatch: false,
  };
  const entities = new Set(spine.map((row) => JSON.stringify(row.entity))).size;
  const found = await lookAtServed({ ...forms, asked: spine, population: entities }, { feature, catalog });
  return featureReport({
    ...found,
    decision: decideReplay(found.compared, aim, features, 1),
    witnesses: await printedWitnesses(forms, compiled, catalog, found, null),
    freshness: freshnessOf(feature, evidence(), spine, found.result),
    deviations: deviationsOf(evidence(), catalog),
    catalog,
    masked: new Set(),
    maskSecret: '',
    mode: 'replay',
    compiled,
    lambdaVersion: lambda.artifact.version,
    artifacts: [],
    origin,
    aim,
  });
}
