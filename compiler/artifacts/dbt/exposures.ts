/** Who reads features outside dbt: the consumers that headers name, and the query lambda of each feature. */
import type { CheckedFeature } from '../../check/checked.ts';
import { plainName } from './names.ts';
import { said, type YamlTree } from './yaml-text.ts';

export function exposures(models: readonly { readonly feature: CheckedFeature; readonly version: string }[]): readonly YamlTree[] {
  const consumers = [...new Set(models.flatMap((m) => m.feature.consumers))].sort();
  const lambdas = models.map(({ feature, version }) => ({
    name: `${feature.name}_lambda`,
    label: `${feature.name}, asked as a query lambda`,
    type: 'application',
    description: `Answers in real time what \`${feature.name}\` holds, in version ${version}.`,
    owner: { name: said(feature.owner ?? 'lockstep') },
    depends_on: [`ref('${feature.name}')`],
    config: { tags: ['lockstep'], meta: { lockstep_version: version } },
  }));
  const readers = new Map(
    consumers.map((consumer): [string, YamlTree] => {
      const features = models.flatMap(({ feature }) => (feature.consumers.includes(consumer) ? [feature] : []));
      const deprecated = features.filter((f) => f.status === 'deprecated').map((f) => f.name);
      const name = plainName(consumer);
      return [
        name,
        {
          name,
          label: said(consumer),
          type: 'application',
          owner: { name: said(consumer) },
          depends_on: features.map((f) => `ref('${f.name}')`),
          config: { tags: ['lockstep'], ...(deprecated.length === 0 ? {} : { meta: { deprecated } }) },
        },
      ];
    }),
  );
  return [...lambdas, ...readers.values()];
}
