/** What a call of a regular-expression function says in its constants: the pattern, where to begin, which match, which group. */
import { refuse } from './arguments.ts';
import type { Arg, Refusal } from './define.ts';
import { ambiguity, around, type Flags, hasEdge, matchesEmpty, NotPortable, parsePattern, type Regex } from './regexp-pattern.ts';
import { anything, printPattern, type Syntax } from './regexp-print.ts';

export interface RegexpCall {
  readonly regex: Regex;
  readonly groups: number;
  /** Code points before it are no part of the text. */
  readonly position: number;
  readonly occurrence: number;
  /** 0: the whole match. */
  readonly group: number;
}

interface Places {
  readonly position?: Arg | undefined;
  readonly occurrence?: Arg | undefined;
  readonly parameters?: Arg | undefined;
  readonly group?: Arg | undefined;
}

export interface Demands {
  /** The whole text must match, so that no engine has a choice. */
  readonly whole: boolean;
  /** The pattern () is fine. */
  readonly emptyGroup?: boolean;
  readonly leastOccurrence: number;
  readonly defaultOccurrence: number;
  readonly extracts: boolean;
}

const isRefusal = (x: object): x is Refusal => 'refused' in x;
const hint = 'write a simpler pattern, or use LIKE, CONTAINS, STARTSWITH, REPLACE, SPLIT_PART or STRTOK';

/** Of what was accepted when the call was checked. */
export function regexpCall(pattern: Arg | undefined, places: Places, demands: Demands): RegexpCall {
  const call = readCall(pattern, places, demands);
  if (isRefusal(call)) throw new Error(call.message);
  return call;
}

export function readCall(pattern: Arg | undefined, places: Places, demands: Demands): RegexpCall | Refusal {
  if (typeof pattern?.literal !== 'string')
    return refuse('wrong-arguments', 'a regular expression needs a constant pattern', 'CONTAINS, STARTSWITH and ENDSWITH take any text', 1);
  const position = wholeNumber(places.position, 1, 1);
  const occurrence = wholeNumber(places.occurrence, demands.leastOccurrence, demands.defaultOccurrence);
  const asked = wholeNumber(places.group, 0, 0);
  if (position === undefined || occurrence === undefined || asked === undefined)
    return refuse('wrong-arguments', 'position, occurrence and group of a regular expression are constants in their range');
  const flags = readFlags(places.parameters);
  if ('refused' in flags) return flags;
  const parsed = parse(pattern.literal, flags);
  if ('refused' in parsed) return parsed;
  const { regex, groups } = parsed;
  const beyond = (why: string): Refusal => refuse('sql-unsupported', `not supported: a regular expression in which ${why}`, hint, 1);
  const group = places.group === undefined ? (flags.extract && demands.extracts && groups > 0 ? 1 : 0) : asked;
  if (group > groups) return refuse('wrong-arguments', `the pattern has ${groups} groups, and group ${group} is asked for`);
  if (position > 1 && hasEdge(regex, '^')) return beyond('^ stands, from a position on');
  if (demands.whole) return { regex, groups, position, occurrence, group };
  if (matchesEmpty(regex) && !(demands.emptyGroup && pattern.literal === '()')) return beyond('a match may be empty');
  const ambiguous = ambiguity(regex);
  if (ambiguous !== undefined) return beyond(`${ambiguous}: engines choose differently`);
  if (group > 0 && around(regex, group) === undefined) return beyond('the group that is asked for may be missing from a match, or repeat');
  return { regex, groups, position, occurrence, group };
}

function parse(pattern: string, flags: Flags): { readonly regex: Regex; readonly groups: number } | Refusal {
  try {
    return parsePattern(pattern, flags);
  } catch (thrown) {
    if (thrown instanceof NotPortable)
      return refuse('sql-unsupported', `not supported: a regular expression with ${thrown.message}`, hint, 1);
    throw thrown;
  }
}

function wholeNumber(arg: Arg | undefined, least: number, otherwise: number): number | undefined {
  if (arg === undefined) return otherwise;
  return typeof arg.literal === 'string' && /^\d{1,3}$/.test(arg.literal) && Number(arg.literal) >= least ? Number(arg.literal) : undefined;
}

/** The last of c and i counts. */
function readFlags(parameters: Arg | undefined): (Flags & { readonly extract: boolean }) | Refusal {
  const written = parameters === undefined ? 'c' : parameters.literal;
  if (typeof written !== 'string' || /[^cies]/.test(written))
    return refuse(
      'wrong-arguments',
      'the parameters of a regular expression are a constant made of c, i, e and s',
      typeof written === 'string' && written.includes('m') ? 'multi-line mode differs between engines' : undefined,
    );
  return {
    insensitive: written.lastIndexOf('i') > written.lastIndexOf('c'),
    dotAll: written.includes('s'),
    extract: written.includes('e'),
  };
}

/** From the beginning to where the nth match begins, which is the first group; matches never overlap. */
export function upToMatch({ regex, occurrence }: RegexpCall, syntax: Syntax): string {
  const skipped = anything(syntax);
  const match = `(?:${printPattern(regex, { syntax, capture: false })})`;
  return occurrence === 1 ? skipped : `(?:${skipped}${match}){${occurrence - 1}}${skipped}`;
}
