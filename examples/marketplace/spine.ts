/** What is asked: entities with and without events, at every asked instant. */
import { askedInstants, iso } from './moments.ts';
import { categories } from './population.ts';
import { type Cell, numbers, type Row, texts } from './rows.ts';

/** The entities that the features of the marketplace have. */
export const spineEntities: readonly (readonly string[])[] = [
  ['stream_id'],
  ['seller_id'],
  ['listing_id'],
  ['buyer_id'],
  ['bidder_id'],
  ['user_id'],
  ['category'],
  ['buyer_id', 'category'],
  ['buyer_id', 'seller_id'],
  [],
];

type Rows = ReadonlyMap<string, readonly Row[]>;

const people: readonly (readonly [string, string])[] = [
  ['chats', 'user_id'],
  ['views', 'user_id'],
  ['bids', 'bidder_id'],
  ['orders', 'buyer_id'],
  ['follows', 'user_id'],
];

function values(rows: Rows, column: string): readonly Cell[] {
  const of = (source: string): readonly Row[] => rows.get(source) ?? [];
  switch (column) {
    case 'stream_id':
      return texts(of('streams'), column);
    case 'listing_id':
      return texts(of('listings'), column);
    case 'seller_id':
      return numbers(of('sellers'), column);
    case 'category':
      return categories;
    default:
      return [...new Set(people.flatMap(([source, name]) => numbers(of(source), name)))].sort((a, b) => a - b);
  }
}

const nobody: Readonly<Record<string, Cell>> = { stream_id: 's-nobody', listing_id: 'l-nobody', category: 'nothing' };

/** Of buyers and sellers the pairs that have met, for most never do; otherwise all combinations. */
function tuples(rows: Rows, entity: readonly string[]): readonly (readonly Cell[])[] {
  if (entity.join() === 'buyer_id,seller_id') {
    const met = [
      ...(rows.get('orders') ?? []).map((row) => [row['buyer_id'], row['seller_id']]),
      ...(rows.get('follows') ?? []).map((row) => [row['user_id'], row['seller_id']]),
    ];
    return [...new Set(met.filter((pair) => !pair.includes(null)).map((pair) => JSON.stringify(pair)))].map(
      (pair) => JSON.parse(pair) as readonly Cell[],
    );
  }
  return entity
    .map((column) => values(rows, column))
    .reduce<readonly (readonly Cell[])[]>((found, list) => found.flatMap((tuple) => list.map((value) => [...tuple, value])), [[]]);
}

/** At most `most` entities, evenly chosen, one that is in no row, and one asked twice. */
export function spineOf(rows: Rows, entity: readonly string[], most: number): readonly Row[] {
  const all = tuples(rows, entity);
  const chosen =
    all.length <= most ? all : Array.from({ length: most }, (_, n) => all[Math.floor((n * all.length) / most)] as readonly Cell[]);
  const asked = entity.length === 0 ? chosen : [...chosen, entity.map((column) => nobody[column] ?? 999_999), chosen[0] as readonly Cell[]];
  return askedInstants.flatMap((at) =>
    asked.map((tuple) => ({ ...Object.fromEntries(entity.map((column, n) => [column, tuple[n] ?? null])), as_of: iso(at) })),
  );
}
