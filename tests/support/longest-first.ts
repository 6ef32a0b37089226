/** Two workers end together only if the longest files start first. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const longest = [
  'tests/differential/differential.test.ts',
  'tests/gold/gold.test.ts',
  'tests/differential/laws.test.ts',
  'tests/functions/',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = longest.findIndex((part) => moduleId.includes(part));
  return at < 0 ? longest.length : at;
};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}
