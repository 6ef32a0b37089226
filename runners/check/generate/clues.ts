/** What a query gives away about the events that it would notice: the values it compares with, what it joins, how long it looks back. */
import type { CheckedFeature, CheckedFrom, Expr, Frame, Literal } from '../../../compiler/check/checked.ts';
import { datePart } from '../../../compiler/functions/date-part.ts';
import type { SqlType } from '../../../compiler/sql-type.ts';
import { type Edge, edgesOf } from '../../parity/sampling/edges.ts';
import { anyElement, expressionsAt, type Place, type Places, placesIn, placeText, visit } from './places.ts';

export interface Clues {
  /** By `placeText`. */
  readonly literals: ReadonlyMap<string, readonly Literal[]>;
  /** What the values of a place are cast to. */
  readonly casts: ReadonlyMap<string, readonly SqlType['kind'][]>;
  /** Places within JSON that are read. */
  readonly paths: readonly Place[];
  /** `placeText` of what is read as an object with keys of any name. */
  readonly objects: ReadonlySet<string>;
  /** Places whose values are compared with each other, or are the entity. */
  readonly alike: readonly (readonly Place[])[];
  readonly distances: readonly Edge[];
  readonly zones: readonly string[];
  /** How often sources are read. */
  readonly scans: number;
  /** Counts that groups of rows are compared with. */
  readonly counts: readonly number[];
}

const comparisons = new Set(['=', '<>', '<', '<=', '>', '>=', 'EQUAL_NULL']);

export function cluesOf(feature: CheckedFeature): Clues {
  const places = placesIn(feature);
  const found = {
    literals: new Map<string, Literal[]>(),
    casts: new Map<string, SqlType['kind'][]>(),
    paths: new Map<string, Place>(),
    objects: new Set<string>(),
    alike: feature.entity.map((e) => places.of(expressionsAt(feature.query.body, positionOf(feature, e.name)))),
    distances: new Map<string, Edge>(),
    counts: new Set<number>(),
    scans: 0,
  };
  const { distances, zones } = edgesOf(feature);
  const far = (edge: Edge): void => void found.distances.set(`${edge.amount} ${edge.unit}`, edge);
  for (const edge of distances) far(edge);
  const remember = <T>(map: Map<string, T[]>, at: readonly Place[], values: readonly T[]): void => {
    if (values.length > 0) for (const place of at) map.set(placeText(place), [...(map.get(placeText(place)) ?? []), ...values]);
  };
  visit(feature.query, (node) => {
    const expr = node as Expr | (Frame & { readonly kind?: undefined }) | Extract<CheckedFrom, { kind: 'flatten' | 'source' }>;
    switch (expr.kind) {
      case 'call': {
        if (expr.fn === 'GET') for (const place of places.of(expr)) found.paths.set(placeText(place), place);
        else remember(found.literals, places.of(expr.args), expr.args.flatMap(literalIn));
        if (!comparisons.has(expr.fn)) break;
        const sides = expr.args.filter((a) => literalIn(a).length === 0);
        if (expr.fn === '=' && sides.length === 2) found.alike.push(places.of(sides));
        for (const n of expr.args.flatMap(literalIn).flatMap(wholeNumber)) {
          if (sides.some((side) => countsRows(side, places))) found.counts.add(n);
          for (const unit of sides.flatMap(unitsOfDifference)) far({ amount: BigInt(n), unit });
        }
        break;
      }
      case 'in-list':
        remember(found.literals, places.of(expr.argument), expr.list.flatMap(literalIn));
        break;
      case 'in-query':
        found.alike.push([...places.of(expr.argument), ...places.of(expressionsAt(expr.query.body, 0))]);
        break;
      case 'cast':
        remember(found.casts, places.of(expr.argument), [expr.type.kind]);
        break;
      case 'column':
        if (expr.name === 'KEY') {
          const leaf = places.relation(expr.relation);
          if (leaf?.kind === 'flatten') for (const place of places.of(leaf.input)) found.objects.add(placeText(place));
        }
        break;
      case 'source':
        found.scans += 1;
        break;
      case 'flatten':
        for (const place of places.of(expr.input)) {
          const element: Place = { ...place, path: [...place.path, anyElement] };
          found.paths.set(placeText(element), element);
        }
        break;
      case 'window':
        for (const bound of [expr.frame?.start, expr.frame?.end])
          if (bound !== undefined && 'unit' in bound && bound.unit !== null) far({ amount: BigInt(bound.amount), unit: bound.unit });
        break;
      default:
    }
  });
  return { ...found, paths: [...found.paths.values()], distances: [...found.distances.values()], zones, counts: [...found.counts] };
}

/** Itself, or behind a cast; a time that is read from a text. */
function literalIn(expr: Expr): readonly Literal[] {
  if (expr.kind === 'literal') return expr.text === null ? [] : [expr];
  if (expr.kind === 'cast')
    return literalIn(expr.argument).map((literal) => (isTime(expr.type) ? { ...literal, type: expr.type } : literal));
  if (expr.kind === 'call' && isTime(expr.type) && /^(TRY_)?TO_/.test(expr.fn))
    return expr.args.slice(0, 1).flatMap((a) => (a.kind === 'literal' && a.text !== null ? [{ ...a, type: expr.type }] : []));
  return [];
}

const isTime = ({ kind }: SqlType): boolean => kind === 'timestamp' || kind === 'date';

const wholeNumber = ({ text, type }: Literal): readonly number[] =>
  type.kind === 'number' && typeof text === 'string' && /^\d+$/.test(text) ? [Number(text)] : [];

/** An aggregate or a window, or a column of a query within: in a word, nothing that one event has. */
function countsRows(expr: Expr, places: Places): boolean {
  let counts = false;
  visit(expr, (node) => {
    const inner = node as Expr;
    if (inner.kind === 'aggregate' || inner.kind === 'window') counts = true;
    if (inner.kind === 'column') {
      const leaf = places.relation(inner.relation);
      if (leaf?.kind === 'cte' || leaf?.kind === 'derived') counts = true;
    }
  });
  return counts;
}

function unitsOfDifference(expr: Expr): readonly Edge['unit'][] {
  const units: Edge['unit'][] = [];
  visit(expr, (node) => {
    const inner = node as Expr;
    if (inner.kind !== 'call' || !/DIFF$/.test(inner.fn)) return;
    const unit = inner.args.flatMap(literalIn).flatMap(({ text }) => (typeof text === 'string' ? (datePart(text) ?? []) : []))[0];
    if (unit !== undefined) units.push(unit);
  });
  return units;
}

const positionOf = ({ query }: CheckedFeature, name: string): number => query.columns.findIndex((c) => c.name === name);
