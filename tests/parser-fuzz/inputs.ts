/** Spoilt feature files: what people, editors and enemies hand to the parser. Case i of a seed is always the same text. */
import { readdirSync, readFileSync } from 'node:fs';
import { scan } from '../../compiler/parse/scan.ts';

export interface Random {
  readonly below: (n: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** mulberry32 */
export function seeded(seed: number, index: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  const below = (n: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  return { below, pick: (from) => from[below(from.length)] as (typeof from)[number] };
}

/** Files that are right: the marketplace, the flights, and what Snowflake ran. */
export function corpus(root: string): readonly string[] {
  const folder = (path: string): readonly string[] =>
    readdirSync(`${root}/${path}`)
      .filter((f) => f.endsWith('.sql'))
      .map((f) => readFileSync(`${root}/${path}/${f}`, 'utf8'));
  const gold = readFileSync(`${root}/tests/gold/snowflake.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => `/*---\nentity: []\n---*/\n${(JSON.parse(line) as { sql: string }).sql}\n`);
  return [...folder('transforms/features'), ...folder('transforms/shared'), ...folder('examples/flights/transforms/features'), ...gold];
}

const strange = [
  '\0',
  '\u2028',
  '\ud800',
  '\ufeff',
  '🙂',
  'é',
  '\u202e',
  '"',
  "'",
  '`',
  '\\',
  '{{',
  '}}',
  '{{#each windows}}',
  '{{/each}}',
  '{{> x}}',
  '{%',
  '{{ ref("x") }}',
  ';--',
  '/*',
  '*/',
  '---',
  '---*/',
  '$$',
  '$1',
  '::',
  ':',
  '->',
  '=>',
  '[',
  ']',
  '\n',
  '\r',
  '\t',
  '...',
  '1e999',
  '0x',
  "x'",
  '@',
  '#',
  '%',
  '?',
];
const openers = [
  '(',
  'CASE WHEN ',
  'CAST(',
  'IFF(',
  'NOT ',
  '- ',
  '(SELECT ',
  'COALESCE(',
  'POSITION(',
  "INTERVAL '",
  'EXTRACT(',
  'SUBSTRING(',
  '[',
];

export function makeInput(files: readonly string[], random: Random): string {
  let text = random.pick(files);
  const times = 1 + random.below(4);
  for (let i = 0; i < times; i++) text = spoil(text, files, random);
  return text;
}

function spoil(text: string, files: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return spoilTokens(text, files, random);
    case 4:
      return text.slice(0, at) + random.pick(strange) + text.slice(at);
    case 5:
      return text.slice(0, at) + text.slice(at + 1 + random.below(20));
    case 6:
      return (
        text.slice(0, at) +
        Array.from({ length: 1 + random.below(30) }, () => String.fromCharCode(random.below(0xffff))).join('') +
        text.slice(at)
      );
    case 7:
      return text.slice(0, at) + random.pick(openers).repeat(1 + random.below(random.below(10) === 0 ? 3000 : 60)) + text.slice(at);
    case 8:
      return (
        text.slice(0, at) +
        random.pick(['9', 'x', "'", '"', ',', ')', ' ', '\n', 'a,', '1+', ' OR a', '.']).repeat(random.below(5000)) +
        text.slice(at)
      );
    case 9: {
      const other = random.pick(files);
      const from = random.below(other.length);
      return text.slice(0, at) + other.slice(from, from + random.below(400)) + text.slice(at);
    }
    case 10:
      return text.slice(0, at);
    default:
      return Array.from({ length: random.below(200) }, () => String.fromCharCode(random.below(256))).join('');
  }
}

/** Behind the header only, so that the SQL parser has its share. */
function spoilTokens(text: string, files: readonly string[], random: Random): string {
  const start = Math.max(0, text.indexOf('---*/') + 5);
  const { tokens } = scan(text.slice(start));
  if (tokens.length === 0) return text;
  const token = random.pick(tokens);
  const [from, to] = [start + token.start, start + token.end];
  switch (random.below(4)) {
    case 0:
      return text.slice(0, from) + text.slice(to);
    case 1:
      return `${text.slice(0, to)} ${token.text}${text.slice(to)}`;
    case 2: {
      const other = random.pick(tokens);
      return text.slice(0, from) + other.text + text.slice(to);
    }
    default: {
      const others = scan(random.pick(files)).tokens;
      return text.slice(0, from) + (others.length === 0 ? '' : random.pick(others).text) + text.slice(to);
    }
  }
}
