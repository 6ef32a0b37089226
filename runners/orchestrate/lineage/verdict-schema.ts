/** The JSON Schema of the facet `lockstep_verdict`, which ships in `schemas/`. */
import type { JsonSchema } from '../../../compiler/authoring/keys.ts';

/** Raised as OpenLineage raises its own: the first number when a key goes or means something else. */
const id = 'urn:lockstep:schemas:lockstep_verdict:1-0-0';

const def = 'LockstepVerdictRunFacet';

export const verdictSchemaUrl = `${id}#/$defs/${def}`;

const count = (description: string): JsonSchema => ({ description, type: 'integer', minimum: 0 });
const text = (description: string): JsonSchema => ({ description, type: 'string' });
const share = (description: string): JsonSchema => ({ description, type: 'number', minimum: 0, maximum: 1 });
const flag = (description: string): JsonSchema => ({ description, type: 'boolean' });
const texts = (description: string): JsonSchema => ({ description, type: 'array', items: { type: 'string' } });
const instant = (description: string): JsonSchema => ({ description, type: 'string', format: 'date-time' });

const record = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const incident = record({
  cause: text('The cause, as docs/parity.md lists them'),
  among: texts('Where several would do: all of them'),
  explained: flag('Not held against the forms'),
  sources: texts('Sources whose rows make the difference; none where a form is at fault'),
  from: instant('The first point, UTC'),
  to: instant('The last point, UTC'),
  points: count('How many points'),
  entities: count('Of how many entities'),
});

const facet = record({
  verdict: { description: 'About the population that was compared', enum: ['PROVEN', 'VIOLATED', 'UNDECIDED'] },
  mode: { description: 'What was asked', enum: ['logic', 'replay', 'served'] },
  version: text('The version of the feature as it compiles now'),
  batchVersion: text("Of batch's answers"),
  lambdaVersion: text('Of what answered in real time'),
  points: count('Points that were compared'),
  mismatches: count('Points at which the forms differ'),
  explained: count('Of these: what a stream cannot know'),
  unexplained: count('The others'),
  referencePoints: count('Points that the reference answered'),
  referenceMismatches: count('Points at which it does not say what batch says'),
  bound: {
    description: 'The share of mismatching points is at most this, at `confidence`; null: nothing was compared',
    type: ['number', 'null'],
    minimum: 0,
    maximum: 1,
  },
  target: share('PROVEN means fewer mismatching points than this share'),
  confidence: share('How sure that is'),
  census: flag('The whole population was compared'),
  moreNeeded: { description: 'Entities without a mismatch that would prove it; null: none would', type: ['integer', 'null'], minimum: 0 },
  incidents: { description: 'Points that went wrong together', type: 'array', items: incident },
  historyRun: { description: 'The id of the run in a history; null: none keeps it', type: ['string', 'null'] },
});

export const verdictSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: id,
  title: 'The facet lockstep_verdict of a run',
  $defs: {
    [def]: { allOf: [{ $ref: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet' }, facet] },
  },
  type: 'object',
  properties: { lockstep_verdict: { $ref: `#/$defs/${def}` } },
};
