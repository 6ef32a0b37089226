/**
 * Patterns of regular expressions, as far as every engine and Snowflake agree on them: literals, classes, anchors,
 * groups, alternation and greedy repetition. Classes are sets of code points, so that \w, `.` and case mean one thing.
 */

/** Sorted, disjoint, both ends included. */
export type CodeSet = readonly (readonly [low: number, high: number])[];

export type Regex =
  | { readonly kind: 'set'; readonly set: CodeSet }
  /** ^, $, \b, \B */
  | { readonly kind: 'edge'; readonly edge: '^' | '$' | 'b' | 'B' }
  | { readonly kind: 'sequence'; readonly parts: readonly Regex[] }
  | { readonly kind: 'choice'; readonly branches: readonly Regex[] }
  | { readonly kind: 'group'; readonly number: number; readonly body: Regex }
  | { readonly kind: 'repeat'; readonly body: Regex; readonly least: number; readonly most: number | null };

export interface Flags {
  readonly insensitive: boolean;
  /** `.` matches a newline too. */
  readonly dotAll: boolean;
}

/** A pattern beyond the portable part. */
export class NotPortable extends Error {}

const last = 0x10ffff;
const everything: CodeSet = [[0, last]];

function normalised(ranges: CodeSet): CodeSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && low <= previous[1] + 1) previous[1] = Math.max(previous[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

function complement(set: CodeSet): CodeSet {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [low, high] of set) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  return next <= last ? [...gaps, [next, last]] : gaps;
}

function overlap(a: CodeSet, b: CodeSet): boolean {
  return a.some(([low, high]) => b.some(([l, h]) => low <= h && l <= high));
}

const ranges = (text: string): CodeSet =>
  normalised(text.split(' ').map((r) => [r.codePointAt(0) ?? 0, r.codePointAt(r.length - 1) ?? 0] as const));
const digit = ranges('0-9');
const lower = ranges('a-z');
const upper = ranges('A-Z');
const alpha = normalised([...lower, ...upper]);
const alnum = normalised([...alpha, ...digit]);
const word = normalised([...alnum, ...ranges('_')]);
const space: CodeSet = normalised([
  [9, 10],
  [12, 13],
  [32, 32],
]);
const graph: CodeSet = [[33, 126]];

const perl: Readonly<Record<string, CodeSet>> = {
  d: digit,
  w: word,
  s: space,
  D: complement(digit),
  W: complement(word),
  S: complement(space),
};

const posix: Readonly<Record<string, CodeSet>> = {
  digit,
  lower,
  upper,
  alpha,
  alnum,
  graph,
  punct: ranges('!-/ :-@ [-` {-~'),
  space: [
    [9, 13],
    [32, 32],
  ],
  blank: [
    [9, 9],
    [32, 32],
  ],
  xdigit: normalised([...digit, ...ranges('a-f A-F')]),
  print: [[32, 126]],
};

const written: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13 };
const metacharacters = new Set('\\^$.|?*+()[]{}');
const mostRepeats = 1000;

export function parsePattern(pattern: string, flags: Flags): { readonly regex: Regex; readonly groups: number } {
  const characters = [...pattern];
  let at = 0;
  let groups = 0;
  const peek = (): string | undefined => characters[at];

  const cased = (set: CodeSet): CodeSet => {
    if (!flags.insensitive) return set;
    if (set.some(([, high]) => high > 127 && high !== last)) throw new NotPortable('letters outside ASCII with the parameter i');
    const other = set.flatMap(([low, high]) =>
      [lower, upper].flatMap(([letters = [0, 0]], i) => {
        const [from, to] = [Math.max(low, letters[0]), Math.min(high, letters[1])];
        const shift = i === 0 ? -32 : 32;
        return from <= to ? [[from + shift, to + shift] as const] : [];
      }),
    );
    return normalised([...set, ...other]);
  };
  const single = (c: string): CodeSet => {
    const point = c.codePointAt(0) ?? 0;
    return [[point, point]];
  };

  /** After a backslash, in a class or outside. */
  const escaped = (): CodeSet => {
    const c = characters[at++];
    if (c === undefined) throw new NotPortable('a backslash at its end');
    const known = perl[c];
    if (known !== undefined) return known;
    const point = written[c];
    if (point !== undefined) return [[point, point]];
    if (/[A-Za-z0-9]/.test(c)) throw new NotPortable(/\d/.test(c) ? `the reference \\${c} back to a group` : `\\${c}`);
    if ((c.codePointAt(0) ?? 0) > 127) throw new NotPortable(`a backslash before ${c}`);
    return single(c);
  };

  const bracket = (): CodeSet => {
    const negated = peek() === '^';
    if (negated) at++;
    const found: (readonly [number, number])[] = [];
    for (let first = true; ; first = false) {
      const c = characters[at++];
      if (c === undefined) throw new NotPortable('[ without ]');
      if (c === ']' && !first) break;
      if (c === '[' && /^[:.=]$/.test(peek() ?? '')) {
        const name = /^\[:(\w+):\]/.exec(characters.slice(at - 1).join(''))?.[1];
        const set = name === undefined ? undefined : posix[name];
        if (name === undefined || set === undefined) throw new NotPortable('this class in [: :]');
        found.push(...set);
        at += name.length + 3;
        continue;
      }
      const set = c === '\\' ? escaped() : single(c);
      const range = peek() === '-' && characters[at + 1] !== undefined && characters[at + 1] !== ']';
      if (!range) {
        found.push(...set);
        continue;
      }
      at++;
      const end = characters[at++] as string;
      if (end === '[') throw new NotPortable('a range that ends with [');
      const high = end === '\\' ? escaped() : single(end);
      const [from, to] = [set[0], high[0]];
      if (
        from === undefined ||
        to === undefined ||
        set.length > 1 ||
        high.length > 1 ||
        from[0] !== from[1] ||
        to[0] !== to[1] ||
        from[0] > to[0]
      )
        throw new NotPortable('this range of characters');
      found.push([from[0], to[0]]);
    }
    const set = cased(normalised(found));
    return negated ? complement(set) : set;
  };

  const atom = (): Regex => {
    const c = characters[at++] as string;
    switch (c) {
      case '(': {
        if (peek() === '?') throw new NotPortable(`(?${characters[at + 1] ?? ''}`);
        const number = ++groups;
        const body = choice();
        if (characters[at++] !== ')') throw new NotPortable('( without )');
        return { kind: 'group', number, body };
      }
      case '[':
        return { kind: 'set', set: bracket() };
      case '.':
        return { kind: 'set', set: flags.dotAll ? everything : complement([[10, 10]]) };
      case '^':
      case '$':
        return { kind: 'edge', edge: c };
      case '\\': {
        const next = peek();
        if (next === 'b' || next === 'B') {
          at++;
          return { kind: 'edge', edge: next };
        }
        return { kind: 'set', set: cased(escaped()) };
      }
      default:
        if (metacharacters.has(c)) throw new NotPortable(`${c} at this place`);
        return { kind: 'set', set: cased(single(c)) };
    }
  };

  const bounds = (): readonly [number, number | null] | undefined => {
    const c = peek();
    if (c === '*' || c === '+' || c === '?') {
      at++;
      return [c === '+' ? 1 : 0, c === '?' ? 1 : null];
    }
    if (c !== '{') return undefined;
    const found = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(characters.slice(at).join(''));
    if (found === null) throw new NotPortable('{ without numbers');
    at += found[0].length;
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === undefined ? null : Number(found[3]);
    if (least > mostRepeats || (most ?? 0) > mostRepeats || (most !== null && most < least)) throw new NotPortable(found[0]);
    return [least, most];
  };

  const sequence = (): Regex => {
    const parts: Regex[] = [];
    while (at < characters.length && peek() !== '|' && peek() !== ')') {
      const body = atom();
      const found = bounds();
      if (found === undefined) {
        parts.push(body);
        continue;
      }
      if (peek() === '?' || peek() === '+' || peek() === '*' || peek() === '{')
        throw new NotPortable(peek() === '?' ? 'a repetition that is not greedy' : 'a repetition of a repetition');
      if (matchesEmpty(body)) throw new NotPortable('a repetition of what may be empty');
      parts.push({ kind: 'repeat', body, least: found[0], most: found[1] });
    }
    return { kind: 'sequence', parts };
  };

  const choice = (): Regex => {
    const branches = [sequence()];
    while (peek() === '|') {
      at++;
      branches.push(sequence());
    }
    return branches.length === 1 ? (branches[0] as Regex) : { kind: 'choice', branches };
  };

  const regex = choice();
  if (at < characters.length) throw new NotPortable(') without (');
  return { regex, groups };
}

export function matchesEmpty(regex: Regex): boolean {
  switch (regex.kind) {
    case 'set':
      return false;
    case 'edge':
      return true;
    case 'sequence':
      return regex.parts.every(matchesEmpty);
    case 'choice':
      return regex.branches.some(matchesEmpty);
    case 'group':
      return matchesEmpty(regex.body);
    case 'repeat':
      return regex.least === 0 || matchesEmpty(regex.body);
  }
}

/** Code points that a match can begin with. */
function first(regex: Regex): CodeSet {
  switch (regex.kind) {
    case 'set':
      return regex.set;
    case 'edge':
      return [];
    case 'sequence': {
      const found: (readonly [number, number])[] = [];
      for (const part of regex.parts) {
        found.push(...first(part));
        if (!matchesEmpty(part)) break;
      }
      return normalised(found);
    }
    case 'choice':
      return normalised(regex.branches.flatMap(first));
    case 'group':
    case 'repeat':
      return first(regex.body);
  }
}

/** Exactly one code point, whatever matches. */
function oneWide(regex: Regex): boolean {
  switch (regex.kind) {
    case 'set':
      return true;
    case 'group':
      return oneWide(regex.body);
    case 'sequence':
      return regex.parts.length === 1 && oneWide(regex.parts[0] as Regex);
    case 'choice':
      return regex.branches.every(oneWide);
    default:
      return false;
  }
}

/**
 * Why engines that prefer the first alternative and engines that prefer the longest match could disagree on what
 * this finds in a text; undefined if they cannot.
 */
export function ambiguity(regex: Regex): string | undefined {
  switch (regex.kind) {
    case 'choice': {
      if (regex.branches.every(oneWide)) return undefined;
      for (const [i, branch] of regex.branches.entries()) {
        if (matchesEmpty(branch)) return 'an alternative may be empty';
        if (regex.branches.slice(0, i).some((other) => overlap(first(other), first(branch))))
          return 'two alternatives can begin with the same character';
      }
      return regex.branches.map(ambiguity).find((found) => found !== undefined);
    }
    case 'sequence': {
      const parts = flattened(regex);
      for (const [i, part] of parts.entries()) {
        if (!variable(part) || (part.kind === 'repeat' && oneWide(part.body))) continue;
        for (const [j, previous] of parts.slice(0, i).entries()) {
          const next = first({ kind: 'sequence', parts: parts.slice(j + 1, i + 1) });
          if (variable(previous) && overlap(all(previous), next) && !separated(all(previous), parts.slice(j + 1, i)))
            return 'two parts of no fixed length can take the same character';
        }
      }
      return regex.parts.map(ambiguity).find((found) => found !== undefined);
    }
    case 'repeat':
      if (regex.most !== 1 && variable(regex.body) && !closed(regex.body)) return 'a repeated part may end where it can begin again';
      return ambiguity(regex.body);
    case 'group':
      return ambiguity(regex.body);
    default:
      return undefined;
  }
}

/** A single character stands between that is none of these. */
function separated(set: CodeSet, between: readonly Regex[]): boolean {
  return between.some((part) => part.kind === 'set' && !overlap(part.set, set));
}

/** Ends with a character that stands nowhere before. */
function closed(regex: Regex): boolean {
  const parts = flattened(regex);
  const end = parts.at(-1);
  return end?.kind === 'set' && parts.slice(0, -1).every((part) => !overlap(end.set, all(part)));
}

/** Matches of several lengths. */
function variable(regex: Regex): boolean {
  switch (regex.kind) {
    case 'repeat':
      return regex.least !== regex.most || variable(regex.body);
    case 'choice':
      return !regex.branches.every(oneWide);
    case 'sequence':
      return regex.parts.some(variable);
    case 'group':
      return variable(regex.body);
    default:
      return false;
  }
}

/** Code points that stand anywhere in a match. */
function all(regex: Regex): CodeSet {
  switch (regex.kind) {
    case 'set':
      return regex.set;
    case 'edge':
      return [];
    case 'sequence':
      return normalised(regex.parts.flatMap(all));
    case 'choice':
      return normalised(regex.branches.flatMap(all));
    default:
      return all(regex.body);
  }
}

/** The parts of a sequence, those of the groups in it among them. */
function flattened(regex: Regex): readonly Regex[] {
  if (regex.kind === 'sequence') return regex.parts.flatMap(flattened);
  return regex.kind === 'group' ? flattened(regex.body) : [regex];
}

interface Around {
  readonly before: readonly Regex[];
  readonly group: Regex;
  readonly after: readonly Regex[];
}

/** What comes before a group, in it and after it; undefined if a match may do without the group. */
export function around(regex: Regex, number: number): Around | undefined {
  if (regex.kind === 'group') return regex.number === number ? { before: [], group: regex.body, after: [] } : around(regex.body, number);
  if (regex.kind !== 'sequence') return undefined;
  for (const [i, part] of regex.parts.entries()) {
    const found = around(part, number);
    if (found !== undefined)
      return {
        before: [...regex.parts.slice(0, i), ...found.before],
        group: found.group,
        after: [...found.after, ...regex.parts.slice(i + 1)],
      };
  }
  return undefined;
}

export function hasEdge(regex: Regex, edge: '^' | '$' | 'b' | 'B'): boolean {
  switch (regex.kind) {
    case 'set':
      return false;
    case 'edge':
      return regex.edge === edge;
    case 'sequence':
      return regex.parts.some((part) => hasEdge(part, edge));
    case 'choice':
      return regex.branches.some((branch) => hasEdge(branch, edge));
    default:
      return hasEdge(regex.body, edge);
  }
}
