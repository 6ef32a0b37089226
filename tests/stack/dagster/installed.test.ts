/** The example as people install it: its wheel, in an environment of its own. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { missingParts } from '../in-stack.ts';
import { ran } from '../python-package/installed.ts';
import { features, marketNight, python } from './market-night.ts';

describe.skipIf(missingParts.includes('dagster'))("the Dagster example's wheel", () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-dagster-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let wheel = '';

  beforeAll(() => {
    // A build writes beside what it builds.
    const source = join(folder, 'source');
    cpSync(resolve('examples/dagster'), source, { recursive: true });
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-build-isolation', '--no-index'];
    ran(resolve(stackFolder, 'dagster/bin/python'), ['-m', 'pip', 'wheel', ...options, '--wheel-dir', join(folder, 'wheels'), source]);
    const [file = ''] = readdirSync(join(folder, 'wheels'));
    wheel = join(folder, 'wheels', file);
  });

  test('it holds both packages, with what Dagster reads in them', () => {
    const listed = ran('python3', ['-c', 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))', wheel]);
    expect(
      listed
        .trim()
        .split('\n')
        .filter((name) => !name.includes('.dist-info/'))
        .sort(),
    ).toEqual([
      'lockstep_dagster/__init__.py',
      'lockstep_dagster/component.py',
      'lockstep_dagster/translator.py',
      'marketplace/__init__.py',
      'marketplace/definitions.py',
      'marketplace/defs/features/defs.yaml',
      'marketplace/dg.toml',
    ]);
  });

  test('Dagster finds its definitions where it is installed', async () => {
    const environment = join(folder, 'environment');
    const own = join(environment, 'bin/python');
    ran('python3', ['-m', 'venv', environment]);
    const packages = (of: string): string => ran(of, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"), end="")']);
    // What the wheel needs is found in the environment of the stack.
    writeFileSync(join(packages(own), 'stack.pth'), packages(resolve(stackFolder, 'dagster/bin/python')));
    ran(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-index', wheel]);
    const found = await python<Record<string, Record<string, unknown>>>(
      { project: await marketNight(), python: own, packages: null },
      'definitions',
    );
    expect(Object.keys(found['checks'] ?? {}).sort()).toEqual(features);
    expect(found['place']).toEqual(join(packages(own), 'marketplace'));
  });
});
