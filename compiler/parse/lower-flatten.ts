/** LATERAL FLATTEN(…) and TABLE(FLATTEN(…)) in FROM. */
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, type Json, list, text, variant } from './json.ts';
import { anyPlace, at, identifier, type Lowering, specialCall, tokenEnd, tokenFrom, tokenStart, unsupported } from './lowering.ts';
import type { Expression, TableExpression } from './syntax.ts';

/** undefined: another function. */
export function lowerFlatten(lowering: Lowering, tag: string, content: Json, around: Span): TableExpression | undefined {
  const call = tag === 'TableFunction' ? variant(field(content, 'expr')).content : content;
  if (tag !== 'Function' && tag !== 'TableFunction') return undefined;
  const name = variant(list(field(call, 'name'))[0] ?? null).content;
  if (text(field(name, 'value')).toUpperCase() !== 'FLATTEN') return undefined;
  const args = tag === 'Function' ? list(field(call, 'args')) : list(field(variant(field(call, 'args')).content, 'args'));
  const place = anyPlace(lowering, call, around);
  let input: Expression | undefined;
  let outer = false;
  for (const [i, arg] of args.entries()) {
    const { tag: kind, content: parts } = variant(arg);
    const given = kind === 'Unnamed' && i === 0 ? 'INPUT' : text(field(field(parts, 'name'), 'value')).toUpperCase();
    const { tag: form, content: value } = variant(kind === 'Unnamed' ? parts : field(parts, 'arg'));
    const expression = form === 'Expr' ? lowering.lower.expression(lowering, value, place) : undefined;
    if (given === 'INPUT' && expression !== undefined) input = expression;
    else if (given === 'OUTER' && expression?.kind === 'boolean') outer = expression.value;
    else if (given === 'MODE' && expression?.kind === 'string' && expression.value.toUpperCase() === 'BOTH') continue;
    else if (given === 'RECURSIVE' && expression?.kind === 'boolean' && !expression.value) continue;
    else
      unsupported(
        lowering,
        expression?.span ?? place,
        `${given === '' ? 'this argument' : given} of FLATTEN`,
        'FLATTEN(INPUT => v:path, OUTER => TRUE)',
      );
  }
  if (input === undefined) {
    unsupported(lowering, place, 'FLATTEN without INPUT', 'LATERAL FLATTEN(INPUT => v:path)');
    input = { kind: 'null', span: place };
  }
  const { span } = specialCall(lowering, input.span);
  const close = tokenFrom(lowering, span.end);
  const whole = tag === 'Function' ? span : at(tokenStart(lowering, tokenFrom(lowering, span.start) - 2), tokenEnd(lowering, close));
  const aliasJson = field(content, 'alias');
  if (!isAbsent(aliasJson) && list(field(aliasJson, 'columns')).length > 0)
    unsupported(lowering, whole, 'column names after FLATTEN', 'its columns are KEY, INDEX and VALUE');
  const alias = isAbsent(aliasJson) ? null : identifier(lowering, field(aliasJson, 'name'), whole);
  return { kind: 'flatten', input, outer, alias, span: alias === null ? whole : joinSpans(whole, alias.span) };
}
