/** docs/history.md: the tables of a history, made of the schema that writes them, and queries that a test runs. */
import { duckdb } from '../../compiler/emit/dialect.ts';
import { type HistoryTable, schemaTable, schemaVersion, tables } from '../history/schema.ts';

export interface Question {
  readonly asks: string;
  readonly sql: string;
}

export const questions: readonly Question[] = [
  {
    asks: 'The bound of a feature, night by night',
    sql: `SELECT started_at::DATE AS night, verdict, census, upper_bound, features.target, version
FROM features JOIN runs USING (run_id)
WHERE feature = 'seller_gmv'
ORDER BY started_at`,
  },
  {
    asks: 'What became worse between the last two runs of a mode',
    sql: `WITH ranked AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY feature, mode ORDER BY started_at DESC) AS back
  FROM features JOIN runs USING (run_id)
)
SELECT now.feature, before.verdict AS before, now.verdict AS now, now.unexplained, now.version <> before.version AS version_changed
FROM ranked AS now JOIN ranked AS before USING (feature, mode)
WHERE now.back = 1 AND before.back = 2 AND before.verdict = 'PROVEN' AND now.verdict <> 'PROVEN'`,
  },
  {
    asks: 'Which causes cost the most points, week by week',
    sql: `SELECT date_trunc('week', started_at) AS week, cause, SUM(points) AS points, COUNT(DISTINCT feature) AS features
FROM causes JOIN runs USING (run_id)
GROUP BY ALL
ORDER BY week, points DESC`,
  },
  {
    asks: 'Incidents that several features share: one fault upstream',
    sql: `SELECT cause, sources, MIN(from_as_of) AS first, MAX(to_as_of) AS last, LIST(DISTINCT feature) AS features
FROM incidents
WHERE NOT explained
GROUP BY run_id, cause, sources
HAVING COUNT(DISTINCT feature) > 1
ORDER BY first`,
  },
  {
    asks: 'The rows of a witness',
    sql: `SELECT feature, ordinal, cause, proof, witness ->> '$.asOf' AS as_of, witness -> '$.events' AS events
FROM differences
WHERE witness IS NOT NULL AND NOT explained
ORDER BY run_id DESC, feature, ordinal`,
  },
];

export function historyPage(): string {
  return `<!-- Written by npm run docs from runners/history/schema.ts; edit that. -->
# The history of parity

\`lockstep parity … --history parity.duckdb\` adds the run to a DuckDB file, which anything that reads DuckDB can ask. \`lockstep report --history
parity.duckdb\` draws it; \`lockstep verify RUN --history parity.duckdb\` asks the witnesses of an old run again.

- A run is kept whole or not at all: it is one transaction. What dies or finds no room on the way leaves the file as it was. If \`parity.duckdb.wal\` lies
  beside the file, it belongs to it.
- DuckDB lets one process write. A second one waits up to a minute, says so, and then ends with exit code 2; its result was printed before.
- The file holds what \`parity\` prints and nothing else: personal values are masked, witnesses carry replaced ones. \`--raw\` keeps them as they are:
  \`runs.raw\` then says so, and \`report\` warns.
- Lockstep does not delete runs. \`DELETE FROM … WHERE run_id = …\` on each table does.
- \`${schemaTable.name}.schema_version\` is ${schemaVersion}. A file of a newer version is refused; one of an older version is read, and gets what it
  lacks with the next run, also a table that a Lockstep of the same version did not know yet.

## Tables

${[schemaTable, ...tables].map(tableText).join('\n\n')}

## Asking again

\`lockstep verify [RUN[/FEATURE[/N]]] --history parity.duckdb\` (\`N\` is \`differences.ordinal\`; without \`RUN\` it takes the latest) lays the rows of each witness
before the reference, the batch form and the lambda as they are now, at the instant of the witness, and says whether they still differ (exit 1, unless lateness explained it), agree now
(exit 0) or cannot be asked, because the feature is gone or its sources have other columns (exit 3); and whether the version has changed since. \`--artifacts
DIR\` asks the lambdas that were written there. A witness of \`lost\` or \`late\` holds the rows that were lost or late, so it differs until the feature no
longer depends on them: it shows what the fault upstream does to the feature as it is now.

## Questions

${questions.map(({ asks, sql }) => `${asks}:\n\n\`\`\`sql\n${sql};\n\`\`\``).join('\n\n')}
`;
}

function tableText({ name, about, columns }: HistoryTable): string {
  const rows = columns.map((c) => `| \`${c.name}\` | ${duckdb.typeName(c.type)} | ${c.meaning.replaceAll('|', '\\|')} |`);
  return `### ${name}\n\n${about}\n\n| column | type | meaning |\n| --- | --- | --- |\n${rows.join('\n')}`;
}
