/** What is looked at: the points that somebody names, a sample, or what was served. */
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { counted } from '../../compiler/counted.ts';
import type { Value } from '../../compiler/value.ts';
import type { SpineRow } from '../data/spine.ts';
import { groupBy, keyText } from '../reference/order.ts';
import type { Bias } from './bias.ts';
import { compare } from './compare.ts';
import { emptyAnswers } from './compare-forms.ts';
import type { Answered, Forms } from './forms.ts';
import { countsOf, type Request, sampleForms, unexplained, type WhereCount } from './sample.ts';
import type { ServedForms } from './served.ts';
import type { Draws } from './statistics/confidence-sequence.ts';
import type { Compared } from './verdict.ts';

export interface Found {
  readonly compared: Compared;
  readonly population: string;
  readonly strata: readonly WhereCount[];
  readonly bias: readonly Bias[];
  readonly spine: readonly SpineRow[];
  readonly result: Answered;
}

interface Asked {
  readonly feature: CheckedFeature;
  readonly catalog: Catalog;
}

/** Every row of the spine: a census of what was asked. */
async function namedPoints(forms: Forms, asked: Asked, named: readonly SpineRow[]): Promise<Found> {
  const spine = named.filter((row) => !forms.isOutside(row));
  const result = await forms.explain(spine, await forms.answer(spine));
  const { rows } = unexplained(result);
  return {
    compared: comparedOf(forms, asked, spine, result, { population: spine.length, shares: spine.map((_, i) => (rows.has(i) ? 1 : 0)) }),
    population: `census of ${counted(spine.length, '(entity, as_of) point')} of the spine${withoutOutside(named.length - spine.length, asked.feature)}`,
    strata: [],
    bias: [],
    spine,
    result,
  };
}

const withoutOutside = (points: number, { universe }: CheckedFeature): string =>
  points === 0 ? '' : `, without ${counted(points, 'point')} of entities that are not in ${universe} there`;

/** Of points that were all asked for: none of them is beside the sample. */
function comparedOf(forms: Forms, asked: Asked, spine: readonly SpineRow[], result: Answered, draws: Draws): Compared {
  return { ...countsOf(forms, result, draws, spine.length), nothing: saysNothing(asked, spine, result.batch) };
}

async function sampledPoints(forms: Forms, request: Request): Promise<Found> {
  const sampled = await sampleForms(forms, request);
  const asked = { feature: request.compiled.feature, catalog: request.catalog };
  if (sampled === undefined)
    return {
      ...(await namedPoints(forms, asked, [])),
      population: request.table === undefined ? 'no entity, or no event' : 'the table has no row, or none in the interval',
    };
  const { compared, asked: when, leftOut, outside, where, spine, result } = sampled;
  const { population, shares } = compared.draws;
  const without = leftOut === 0 ? '' : `, without ${counted(leftOut, 'point')} that events changed which came since it was computed`;
  const entities = `${counted(population, 'entity', 'entities')} ${when}${without}${withoutOutside(outside, asked.feature)}`;
  return {
    compared: { ...compared, nothing: compared.nothing || saysNothing(asked, spine, result.batch) },
    population: shares.length === population ? `census of ${entities}` : `sample of ${shares.length} of ${entities}`,
    strata: where,
    bias: [],
    spine,
    result,
  };
}

/** Answers of a log, or of whoever else answered. */
type Answers = Forms & Pick<ServedForms, 'asked' | 'population'> & Partial<Pick<ServedForms, 'leftOut' | 'outside' | 'notHeld'>>;

/** Every answer that was chosen from the log, entity by entity. */
async function servedAnswers(forms: Answers, asked: Asked): Promise<Found> {
  const spine = forms.asked;
  const result = await forms.explain(spine, await forms.answer(spine));
  const wrong = unexplained(result).rows;
  const entities = [...groupBy(spine.keys(), (row) => keyText((spine[row] as SpineRow).entity)).values()];
  const shares = entities.map((rows) => rows.filter((row) => wrong.has(row)).length / rows.length);
  const answers = counted(spine.length, 'answer');
  const { leftOut = 0, outside = 0, notHeld = 0 } = forms;
  const compared =
    shares.length === forms.population
      ? `census of ${answers} to ${counted(shares.length, 'entity', 'entities')} in the log`
      : `${answers} to ${shares.length} of ${counted(forms.population, 'entity', 'entities')} in the log`;
  return {
    compared: comparedOf(forms, asked, spine, result, { population: forms.population, shares }),
    population: [
      compared,
      ...(outside === 0 ? [] : [`without ${counted(outside, 'answer')} outside the interval`]),
      ...(leftOut === 0 ? [] : [`without ${counted(leftOut, 'answer')} at instants that the table does not have`]),
      ...(notHeld === 0 ? [] : [`without ${counted(notHeld, 'answer')} about entities that are not in ${asked.feature.universe} there`]),
    ].join(', '),
    strata: [],
    bias: [],
    spine,
    result,
  };
}

/** Every chosen point has the answer that it would have without any event: their agreement shows nothing. */
function saysNothing({ feature, catalog }: Asked, spine: readonly SpineRow[], answers: readonly (readonly Value[])[]): boolean {
  // Mostly one of the first points has an event, and the reference takes its time for many.
  for (let start = 0, size = 16; start < spine.length; start += size, size *= 2) {
    const empty = emptyAnswers(feature, catalog, spine.slice(start, start + size));
    if (compare(feature.outputs, empty, answers.slice(start, start + empty.length)).mismatches > 0) return false;
  }
  return true;
}

export const lookAtSpine = async (forms: Forms, asked: Asked, spine: readonly SpineRow[]): Promise<Found> =>
  withBias(forms, await namedPoints(forms, asked, spine));
export const lookAtSample = async (forms: Forms, request: Request): Promise<Found> => withBias(forms, await sampledPoints(forms, request));
export const lookAtServed = async (forms: Answers, asked: Asked): Promise<Found> => withBias(forms, await servedAnswers(forms, asked));

function withBias(forms: Forms, found: Found): Found {
  const bias = forms.bias(found.spine, found.result);
  return { ...found, bias, compared: { ...found.compared, biased: bias.length > 0 } };
}
