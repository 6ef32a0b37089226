/** On what a tag is moved, as a request says it: evidence or a reason. */
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { parseInstant } from '../../data/instant.ts';
import type { Evidence } from '../../promotion/evidence.ts';
import type { Ground } from '../registry/gate.ts';
import { RequestError } from '../request-error.ts';
import { member, type Tree } from '../wire/tree.ts';

type Check = (value: Json) => boolean;

const text: Check = (value) => typeof value === 'string' && value.length <= 1000;
const share: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1;
const flag: Check = (value) => typeof value === 'boolean';
const among =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);

const members: { readonly [name in keyof Evidence]: Check } = {
  run: text,
  startedAt: (value) => typeof value === 'string' && parseInstant(value) !== undefined,
  mode: among('logic', 'replay', 'served'),
  verdict: among('PROVEN', 'VIOLATED', 'UNDECIDED'),
  version: text,
  batchVersion: text,
  lambdaVersion: text,
  artifacts: (value) =>
    isObject(value) && Object.keys(value).length <= 20 && Object.entries(value).every(([kind, of]) => text(kind) && text(of)),
  batchEngine: text,
  streamEngine: text,
  chosenPoints: flag,
  interval: (value) => value === null || text(value),
  causes: (value) => isObject(value) && Object.keys(value).length <= 100 && Object.values(value).every((n) => Number.isSafeInteger(n)),
  samples: (value) => Number.isSafeInteger(value),
  census: flag,
  upperBound: (value) => value === null || share(value),
  target: share,
  confidence: share,
};

const mostReason = 1000;

/** Undefined: the request gives none. */
export function groundGiven(body: Tree): Ground | undefined {
  const [evidence, reason] = [member(body, 'evidence')?.value, member(body, 'reason')?.value];
  if (evidence !== undefined && reason !== undefined)
    throw new RequestError('INVALIDINPUT', 'a tag moves on `evidence` or for a `reason`, not both');
  if (reason !== undefined) {
    if (typeof reason === 'string' && reason.trim() !== '' && reason.length <= mostReason) return { reason };
    throw new RequestError(
      'INVALIDINPUT',
      `\`reason\` is a text of at most ${mostReason} characters`,
      'it is kept with the move, for whoever asks why',
    );
  }
  if (evidence === undefined) return undefined;
  const given = isObject(evidence) ? evidence : {};
  const wrong = Object.entries(members).find(([name, fits]) => !Object.hasOwn(given, name) || !fits(given[name] as Json));
  if (wrong !== undefined) throw new RequestError('INVALIDINPUT', `\`evidence.${wrong[0]}\` is missing, or not what it should be`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(members, name));
  if (unknown !== undefined) throw new RequestError('INVALIDINPUT', `\`evidence\` has no \`${unknown}\``);
  return { evidence: given as unknown as Evidence };
}
