/** From a written column name to the column it means. */
import { didYouMean, error, warning } from '../diagnostics.ts';
import type { Identifier } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import type { Bound } from './bound.ts';
import { noFacts } from './bound.ts';
import { display, displayPath, type ExpressionScope, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import { columnExpr, factsOf, type Input, type Relation } from './relation.ts';

export function resolveColumn(path: readonly Identifier[], span: Span, scope: ExpressionScope): Bound {
  const last = path[path.length - 1];
  if (last === undefined) throw new Error('empty path');
  if (path.length === 1) return resolveBare(last, span, scope);
  if (path.length > 2)
    fail(scope.session, error('unknown-column', span, `\`${displayPath(path)}\`: write a column as \`relation.column\``));
  const qualifier = path[0] as Identifier;
  const relation = scope.input.relations.find((r) => r.alias === qualifier.name);
  if (relation === undefined) {
    const around = outerColumn((r) => r.alias === qualifier.name, last, displayPath(path), span, scope);
    if (around !== undefined) return around;
    const hint = didYouMean(
      display(qualifier.name),
      scope.input.relations.map((r) => display(r.alias)),
    );
    fail(scope.session, error('unknown-column', qualifier.span, `no relation \`${display(qualifier.name)}\` is in scope here`, hint));
  }
  if (!relation.columns.some((c) => c.name === last.name)) failUnknown(last, [relation], scope);
  return boundColumn(relation, last.name, span, scope.input);
}

function resolveBare(identifier: Identifier, span: Span, scope: ExpressionScope): Bound {
  const merged = scope.input.merged.get(identifier.name);
  const holders = merged === undefined ? scope.input.relations.filter((r) => r.columns.some((c) => c.name === identifier.name)) : [];
  const alias = scope.aliasRule === 'none' ? undefined : scope.aliases.get(identifier.name);
  if (alias !== undefined && (merged !== undefined || holders.length > 0)) {
    if (scope.aliasRule === 'refuse-both') {
      const value = alias();
      const plain =
        (value.expr.kind === 'column' && value.expr.name === identifier.name) || isRolledUp(value, holders[0], identifier, scope);
      if (plain) return value;
      const name = display(identifier.name);
      fail(
        scope.session,
        error(
          'ambiguous-column',
          span,
          `\`${name}\` is both a column and an alias of this SELECT, and ${scope.place} could mean either`,
          'give the alias another name',
        ),
      );
    }
  } else if (alias !== undefined) {
    return alias();
  }
  if (merged !== undefined) return { expr: { ...merged, span }, facts: noFacts };
  const [holder, second] = holders;
  if (holder === undefined) {
    const around = outerColumn((r) => r.columns.some((c) => c.name === identifier.name), identifier, display(identifier.name), span, scope);
    if (around !== undefined) {
      noteOuter(around, identifier, scope);
      return around;
    }
    const text = `double quotes name a column; a text has single ones: '${identifier.name}'`;
    failUnknown(identifier, scope.input.relations, scope, identifier.quoted ? text : undefined);
  }
  if (second !== undefined) {
    const choices = holders.map((r) => `\`${display(r.alias)}.${display(identifier.name)}\``).join(' or ');
    fail(
      scope.session,
      error('ambiguous-column', span, `\`${display(identifier.name)}\` is a column of several relations here`, `write ${choices}`),
    );
  }
  return boundColumn(holder, identifier.name, span, scope.input);
}

/** The column itself, NULL in a grouping set that has it not. */
function isRolledUp(value: Bound, holder: Relation | undefined, identifier: Identifier, scope: ExpressionScope): boolean {
  if (holder === undefined || scope.rolled === null || value.expr.kind !== 'literal' || value.expr.text !== null) return false;
  return scope.rolled.absent.has(exprKey(boundColumn(holder, identifier.name, identifier.span, scope.input).expr));
}

export function boundColumn(relation: Relation, name: string, span: Span, input: Input): Bound {
  return { expr: columnExpr(relation, name, span, input.optional.has(relation.id)), facts: factsOf(relation, name) };
}

/** `x NOT IN (SELECT x FROM t)` where t has no x compares x with itself: SQL takes it, and nobody means it. */
function noteOuter({ expr }: Bound, identifier: Identifier, { input, outer, session }: ExpressionScope): void {
  const name = display(identifier.name);
  const holder = outer.flatMap((o) => o.relations).find((r) => expr.kind === 'column' && r.id === expr.relation);
  const [own, second] = input.relations;
  const here =
    own !== undefined && second === undefined
      ? `\`${display(own.alias)}\` has no column \`${name}\``
      : `nothing in this FROM has \`${name}\``;
  session.diagnostics.push(
    warning(
      'outer-column',
      identifier.span,
      `${here}: it is that of the query around`,
      `if that is meant, write ${display(holder?.alias ?? '')}.${name}`,
    ),
  );
}

function failUnknown(identifier: Identifier, relations: readonly Relation[], scope: ExpressionScope, quotedText?: string): never {
  const candidates = [...relations.flatMap((r) => r.columns.map((c) => display(c.name))), ...[...scope.aliases.keys()].map(display)];
  const where = relations.length === 1 ? `\`${display(relations[0]?.alias ?? '')}\` has` : 'nothing in scope has';
  const known =
    relations.length === 1 && relations[0] !== undefined
      ? `it has ${relations[0].columns.map((c) => display(c.name)).join(', ')}`
      : undefined;
  fail(
    scope.session,
    error(
      'unknown-column',
      identifier.span,
      `${where} no column \`${display(identifier.name)}\``,
      quotedText ?? didYouMean(display(identifier.name), candidates) ?? known,
    ),
  );
}

/** A column of the nearest query around that has it. */
function outerColumn(
  holds: (relation: Relation) => boolean,
  identifier: Identifier,
  written: string,
  span: Span,
  scope: ExpressionScope,
): Bound | undefined {
  const input = scope.outer.find(({ relations }) => relations.some(holds));
  if (input === undefined) return undefined;
  const [holder, second] = input.relations.filter(holds);
  if (holder === undefined) return undefined;
  if (input.outOfReach === true || scope.aggregates === 'inside') {
    const where = input.outOfReach === true ? 'from inside a CTE, a derived table, a union or a join condition' : 'inside an aggregate';
    const message = `not supported: \`${written}\`, a column of the query around this one, read ${where}`;
    fail(scope.session, error('sql-unsupported', span, message, 'read it in the WHERE of the subquery itself, or join the relation'));
  }
  if (second !== undefined)
    fail(scope.session, error('ambiguous-column', span, `\`${written}\` is a column of several relations around this query`));
  if (!holder.columns.some((c) => c.name === identifier.name)) failUnknown(identifier, [holder], scope);
  return boundColumn(holder, identifier.name, span, input);
}
