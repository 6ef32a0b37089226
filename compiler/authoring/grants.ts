/** Who may do what with the views of features: `grants` of dbt, for the project and for one feature. */
import type { Grant } from '../definition.ts';
import { type Complain, identifierPattern, mapOf, textsOf } from './reader.ts';
import type { YamlEntry } from './yaml.ts';

const privilegePattern = /^[A-Za-z]+(?:[ _][A-Za-z]+)*$/;

/** `adds`: whether there is something less specific that `+select` could add to. */
export function readGrants(field: YamlEntry | undefined, complain: Complain, { adds }: { readonly adds: boolean }): readonly Grant[] {
  if (field === undefined) return [];
  const grants: Grant[] = [];
  for (const entry of mapOf(field.value, '`grants`', complain)?.entries ?? []) {
    const plus = entry.key.startsWith('+');
    const written = plus ? entry.key.slice(1) : entry.key;
    // Snowflake and dbt's own comparing take either case.
    const privilege = written.toLowerCase();
    if (!privilegePattern.test(written))
      complain(entry.keySpan, `\`${entry.key}\` cannot be the name of a privilege`, 'grants: {select: [reporter]}');
    else if (plus && !adds) complain(entry.keySpan, `there is nothing that \`${entry.key}\` could add to`, `${written}: […]`);
    else if (grants.some((grant) => grant.privilege === privilege)) complain(entry.keySpan, `\`grants\` has \`${privilege}\` twice`);
    else grants.push({ privilege, adds: plus, to: grantees(entry, complain) });
  }
  return grants;
}

/** dbt writes the names into its statements as they are. */
function grantees(entry: YamlEntry, complain: Complain): readonly string[] {
  const names = textsOf(entry, complain).filter(({ text, span }) => {
    const fits = identifierPattern.test(text) || /^"(?:[^"]|"")+"$/.test(text);
    if (!fits) complain(span, `\`${text}\` cannot be the name of a role`, `one that SQL must quote: '"${text.replaceAll('"', '')}"'`);
    return fits;
  });
  return [...new Set(names.map(({ text }) => text))];
}
