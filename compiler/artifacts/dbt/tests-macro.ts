/** The generic data test of keys of several columns. */
export const uniqueByTest = `{% test lockstep_unique_by(model, columns) %}
SELECT {{ columns | join(', ') }}
FROM {{ model }}
GROUP BY {{ columns | join(', ') }}
HAVING COUNT(*) > 1
{% endtest %}
`;
