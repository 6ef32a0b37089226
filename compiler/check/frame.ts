/** Frames of windows: ROWS by number, RANGE by a distance from the ordering value. */
import { error } from '../diagnostics.ts';
import { fixedLength } from '../functions/date-part.ts';
import type { FrameBoundSyntax, FrameSyntax } from '../parse/syntax.ts';
import { typeName } from '../sql-type.ts';
import { contains } from './bound.ts';
import type { Frame, FrameBound, SortKey } from './checked.ts';
import { type ExpressionScope, fail } from './context.ts';

/** What Snowflake computes over a RANGE with an offset. */
const rangeOffsets = new Set('SUM AVG COUNT COUNT_IF MIN MAX STDDEV STDDEV_POP VARIANCE VAR_POP FIRST_VALUE LAST_VALUE'.split(' '));

export function frameOf(syntax: FrameSyntax, name: string, keys: readonly SortKey[], scope: ExpressionScope): Frame {
  const unit = syntax.unit === 'ROWS' ? 'rows' : 'range';
  const bound = (b: FrameBoundSyntax): FrameBound => (unit === 'rows' ? rowsBound(b, syntax, scope) : rangeBound(b, name, keys, scope));
  const frame: Frame = { unit, start: bound(syntax.start), end: bound(syntax.end) };
  if (
    position[frame.start.kind] > position[frame.end.kind] ||
    frame.start.kind === 'unbounded-following' ||
    frame.end.kind === 'unbounded-preceding'
  )
    fail(scope.session, error('wrong-arguments', syntax.span, 'this frame ends before it begins', 'the earlier bound comes first'));
  return frame;
}

const position: Readonly<Record<FrameBound['kind'], number>> = {
  'unbounded-preceding': 0,
  preceding: 1,
  'current-row': 2,
  following: 3,
  'unbounded-following': 4,
};

function rowsBound(syntax: FrameBoundSyntax, frame: FrameSyntax, scope: ExpressionScope): FrameBound {
  if (syntax.kind !== 'preceding' && syntax.kind !== 'following') return { kind: syntax.kind };
  const { offset } = syntax;
  if (offset.kind !== 'number' || !/^\d{1,9}$/.test(offset.text))
    fail(scope.session, error('wrong-arguments', frame.span, 'a ROWS frame takes whole numbers of rows'));
  return { kind: syntax.kind, amount: offset.text, unit: null };
}

function rangeBound(syntax: FrameBoundSyntax, name: string, keys: readonly SortKey[], scope: ExpressionScope): FrameBound {
  if (syntax.kind !== 'preceding' && syntax.kind !== 'following') return { kind: syntax.kind };
  const { offset } = syntax;
  const wrong = (message: string, hint?: string): never => fail(scope.session, error('wrong-arguments', offset.span, message, hint));
  if (!rangeOffsets.has(name)) wrong(`${name} takes no RANGE with an offset`, 'use ROWS, or join on a time range');
  const [key, second] = keys;
  if (key === undefined || second !== undefined) wrong('a RANGE with an offset needs exactly one ORDER BY expression');
  const { type } = (key as SortKey).expr;
  if (!contains((key as SortKey).expr, (e) => e.kind === 'column')) wrong('a RANGE with an offset needs a column in its ORDER BY');
  if (offset.kind === 'interval') {
    const [part, more] = offset.parts;
    if (part === undefined || more !== undefined)
      return wrong('an interval of one unit is needed here', "for example INTERVAL '90 minutes'");
    const unit = part.unit as NonNullable<Extract<FrameBound, { kind: 'preceding' }>['unit']>;
    const day = 86_400_000_000n;
    const fits = type.kind === 'timestamp' ? type.zone === 'ntz' : type.kind === 'date' && (fixedLength(unit) ?? day) >= day;
    if (!fits) wrong(`${typeName(type)} has no distance of ${part.amount} ${part.unit}`);
    return { kind: syntax.kind, amount: String(part.amount), unit };
  }
  if (type.kind !== 'number')
    wrong(
      `a RANGE over ${typeName(type)} takes ${type.kind === 'float' ? 'no offset' : 'an interval'}`,
      type.kind === 'float' ? 'cast the ordering value to NUMBER(38,s)' : "for example INTERVAL '1 hour' PRECEDING",
    );
  const decimals = offset.kind === 'number' ? /^\d{1,18}(?:\.(\d{1,12}))?$/.exec(offset.text) : null;
  if (offset.kind !== 'number' || decimals === null) return wrong('a RANGE frame takes a constant distance, 0 or more');
  if (type.kind === 'number' && (decimals[1] ?? '').length > type.scale)
    wrong(`the distance ${offset.text} has more decimals than its ordering value, a ${typeName(type)}`);
  return { kind: syntax.kind, amount: offset.text, unit: null };
}
