/** POST /features/query: several features of many entities in one request. */

import { isObject } from '../../../compiler/functions/json-values.ts';
import { formatTimestamp, type Printed } from '../../data/format-value.ts';
import type { Stale } from '../ingest/staleness.ts';
import type { LambdaVersion } from '../registry/registry.ts';
import { RequestError } from '../request-error.ts';
import { member, type Tree } from '../wire/tree.ts';
import { instantGiven } from './instant-given.ts';
import { requireOnly } from './members.ts';
import { entityOf, isFeature, printed, type Replica, type Served, serve } from './replica.ts';

/** Where compiled features are deployed. */
export const featureWorkspace = 'features';

type Feature = LambdaVersion & { readonly definition: { readonly kind: 'feature' } };

const mostAnswers = 10_000;

const aFeature =
  'a feature is its name, for the newest version, or {"feature": name, "tag": tag}, or {"feature": name, "version": version}';

/**
 * Body: `features` (names, or objects of name and tag or version), `entities` (objects with the features' entity columns), `as_of`
 * (one for all; without it now). Answers stand in the order of the entities.
 */
export async function queryFeatures(
  replica: Replica,
  body: Tree,
): Promise<{ readonly answer: object; readonly served: readonly Served[] }> {
  if (!isObject(body.value)) throw new RequestError('INVALIDINPUT', 'the body is no JSON object');
  requireOnly(body, ['features', 'entities', 'as_of'], 'the body', aFeature);
  const features = elements(body, 'features').map((given) => featureGiven(replica, given));
  const entities = elements(body, 'entities');
  const columns = [...new Set(features.flatMap(({ definition }) => definition.artifact.entity.map((e) => e.name)))];
  for (const entity of entities) requireOnly(entity, columns, 'an entity of these features');
  if (features.length * entities.length > mostAnswers)
    throw new RequestError(
      'RESOURCEEXCEEDED',
      `${features.length * entities.length} answers are asked for at once, and ${mostAnswers} are given`,
    );
  const asOf = instantGiven('as_of', member(body, 'as_of')?.value);
  const found = await Promise.all(
    features.map((of) =>
      serve(
        replica,
        of,
        entities.map((entity) => ({ entity: entityOf(of, entity, member), asOf })),
      ),
    ),
  );
  return {
    answer: {
      features: Object.fromEntries(features.map((of, f) => [of.name, aboutOf(replica, of, found[f] ?? [])])),
      results: entities.map((entity, e) => ({
        entity: entity.value,
        values: Object.fromEntries(features.map((of, f) => [of.name, valuesOf(of, found[f]?.[e])])),
      })),
    },
    served: found.flat(),
  };
}

function elements(body: Tree, name: string): readonly Tree[] {
  const list = member(body, name);
  if (list === undefined || !Array.isArray(list.value) || list.value.length === 0)
    throw new RequestError('INVALIDINPUT', `\`${name}\` is no list with something in it`);
  const exact = Array.isArray(list.exact) ? list.exact : [];
  return list.value.map((value, i) => ({ value, exact: exact[i] ?? null }));
}

function featureGiven({ registry }: Replica, given: Tree): Feature {
  const part = (name: string): string | undefined => {
    const value = member(given, name)?.value;
    if (value !== undefined && typeof value !== 'string') throw new RequestError('INVALIDINPUT', `\`${name}\` of a feature is no text`);
    return value;
  };
  requireOnly(given, ['feature', 'tag', 'version'], 'a feature', aFeature);
  const name = typeof given.value === 'string' ? given.value : part('feature');
  if (name === undefined) throw new RequestError('INVALIDINPUT', 'a feature is a name, or an object with `feature` and `tag` or `version`');
  const version = part('version');
  if (version !== undefined && part('tag') !== undefined)
    throw new RequestError('INVALIDINPUT', `${name} is asked for by tag and by version`, aFeature);
  const found =
    version === undefined
      ? registry.tagged(featureWorkspace, name, part('tag') ?? 'latest')
      : registry.version(featureWorkspace, name, version);
  if (!isFeature(found)) throw new RequestError('NOTFOUND', `${name} is no feature`);
  return found;
}

function aboutOf(replica: Replica, of: Feature, served: readonly Served[]): object {
  const [first] = served;
  return {
    version: of.version,
    as_of: first === undefined ? null : formatTimestamp(first.answer.asOf),
    watermark: first === undefined || first.seen.watermark === null ? null : formatTimestamp(first.seen.watermark),
    stale: staleSource(replica, of),
  };
}

/** Too much of a source that it reads was rejected: the answer is of what could be read. */
function staleSource({ watch }: Replica, { definition }: Feature): object | null {
  for (const { name } of definition.artifact.sources) {
    const stale = watch.stale(name);
    if (stale !== null) return { source: name, ...shownStale(stale) };
  }
  return null;
}

export function shownStale({ because, since, schema }: Stale): object {
  return { because, since: formatTimestamp(since), schema };
}

type Said = Readonly<Record<string, Printed>> | { readonly error: { readonly type: string; readonly message: string } };

function valuesOf(of: Feature, served: Served | undefined): Said | null {
  if (served === undefined) return null;
  const { answer } = served;
  return 'values' in answer ? printed(of, answer.values) : { error: { type: answer.error.type, message: answer.error.message } };
}
