/** `<feature>_as_of(spine)`: an answer for each row of any relation of entities and instants, as training sets need it. */
import { type Dialect, identifier } from '../../emit/dialect.ts';
import { planSql } from '../../emit/plan-sql.ts';
import type { Plan } from '../../plan/plan.ts';
import { asOfMacroName, stagingName, writtenByUs } from './names.ts';

/** `plan` is the batch form's. */
export function asOfMacro(plan: Plan, version: string, dialect: Dialect): string {
  const sql = planSql(plan, {
    dialect,
    source: (s) => `{{ ref('${stagingName(s)}') }}`,
    spine: { cte: 'SELECT *\nFROM {{ spine }}' },
    passed: [],
    passedText: '{% for column in passed %}spine.{{ column }},\n  {% endfor %}',
    rows: 'asked',
    appended: [{ name: 'LOCKSTEP_VERSION', value: version }],
  });
  const columns = [...plan.entity.map((e) => identifier(e.name, dialect)), 'as_of'].join(', ');
  return `${writtenByUs}
{#
  A row for each row of \`spine\`, which has the columns ${columns}; copies stay copies. \`passed\` names further columns of it
  that are handed through. To be read from: FROM ${asOfMacroName(plan.feature)}(ref('labels'), passed=['label']), in two braces
#}
{% macro ${asOfMacroName(plan.feature)}(spine, passed=[]) %}
(
${sql}
)
{% endmacro %}
`;
}
