/** Which query of Snowflake failed: run_results.json does not say it, and the adapter's debug log does. */
import type { NodeResult } from './job.ts';

const logged = /Snowflake query id: ([\w-]{10,60})(?![\w-])[\s\S]{0,500}?Snowflake error: ([^\n]{1,300})/g;

/** `log`: as text, any format of its lines. An error is known by its first line, which its node repeats. */
export function withFailedQueries(nodes: readonly NodeResult[], log: string): readonly NodeResult[] {
  const failed = [...log.matchAll(logged)].map(([, id = '', error = '']) => ({ id, error: error.trim() }));
  return nodes.map((node) => {
    if (node.queryId !== null || node.message === null) return node;
    const query = failed.find(({ error }) => error !== '' && node.message?.includes(error) === true);
    return query === undefined ? node : { ...node, queryId: query.id };
  });
}
