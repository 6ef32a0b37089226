/** What the stack tests need beyond `npm ci`, each installed by the ordinary client of its language. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stackFolder } from '../../runners/engines/clickhouse.ts';

export interface Part {
  readonly name: string;
  readonly gives: string;
  readonly installed: () => boolean;
  /** What was tried, and the exit code of the first command that failed, or 0. */
  readonly install: () => { readonly tried: string; readonly code: number };
}

function run(command: string, args: readonly string[]): number {
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}

function npmPackage(name: string, version: string, gives: string): Part {
  return {
    name,
    gives,
    installed: () => {
      const file = join(stackFolder, 'node_modules', name, 'package.json');
      return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version === version;
    },
    install: () => ({
      tried: `npm install ${name}@${version}`,
      code: run('npm', ['install', '--prefix', stackFolder, '--no-audit', '--no-fund', `${name}@${version}`]),
    }),
  };
}

/**
 * A virtual environment of its own in the stack folder, with what `tests/stack/python/<name>.txt` pins by version and hash:
 * `uv pip compile --generate-hashes --no-header --no-annotate --no-strip-extras <name>.in -o <name>.txt` there writes it from what is wanted.
 */
function pythonPackages(name: string, gives: string): Part {
  const environment = join(stackFolder, name);
  const python = join(environment, 'bin/python');
  const requirements = join('tests/stack/python', `${name}.txt`);
  const pinned = (): readonly string[] => plain(readFileSync(requirements, 'utf8'));
  return {
    name,
    gives,
    installed: () => {
      const found = spawnSync(python, ['-m', 'pip', 'freeze', '--all', '--disable-pip-version-check'], { encoding: 'utf8' });
      const there = new Set(plain(found.stdout ?? ''));
      return found.status === 0 && pinned().every((requirement) => there.has(requirement));
    },
    install: () => {
      const made = run('python3', ['-m', 'venv', '--clear', environment]);
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', requirements];
      return { tried: `python3 -m venv, pip install --require-hashes -r ${requirements}`, code: made === 0 ? run(python, install) : made };
    },
  };
}

/** `name==version`, as indexes take names for the same. */
const plain = (text: string): readonly string[] =>
  [...text.matchAll(/^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)/gm)].map(
    ([, name = '', version]) => `${name.toLowerCase().replaceAll(/[._]+/g, '-')}==${version}`,
  );

/** Of the distribution, so of its newest version: a page must work in the browser that people have. */
function debianPackage(name: string, gives: string): Part {
  return {
    name,
    gives,
    installed: () => spawnSync(name, ['--version'], { encoding: 'utf8' }).status === 0,
    install: () => {
      const updated = run('apt-get', ['update', '--quiet']);
      const code =
        updated === 0 ? run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', name, 'fonts-dejavu-core']) : updated;
      return { tried: `apt-get install ${name}`, code };
    },
  };
}

/** What a pom.xml names: jars to `copy`, or archives to `unpack`. */
function mavenJars(name: string, pom: string, gives: string, how: 'copy' | 'unpack' = 'copy'): Part {
  const folder = join(stackFolder, name);
  const marker = join(folder, 'pom.xml');
  const goal = `dependency:${how}-dependencies`;
  return {
    name,
    gives,
    installed: () => existsSync(marker) && readFileSync(marker, 'utf8') === readFileSync(pom, 'utf8'),
    install: () => {
      const jars = resolve(folder, 'jars');
      const code = run('mvn', [
        '-q',
        '-B',
        '-f',
        pom,
        goal,
        `-DoutputDirectory=${jars}`,
        `-DmarkersDirectory=${resolve(folder, 'markers')}`,
      ]);
      if (code === 0) copyFileSync(pom, marker);
      return { tried: `mvn -f ${pom} ${goal}`, code };
    },
  };
}

export const parts: readonly Part[] = [
  npmPackage('chdb', '3.4.0', 'ClickHouse in process, about 550 MB'),
  pythonPackages('dbt', 'dbt with its adapters for Snowflake and DuckDB, about 300 MB'),
  pythonPackages('fakesnow', "DuckDB behind Snowflake's protocol, about 400 MB"),
  npmPackage('apache-arrow', '21.1.0', 'a reader of the format in which it answers'),
  pythonPackages('dagster', 'Dagster with its web server, and dbt beside it, about 450 MB'),
  pythonPackages('airflow', "Airflow's core with its standard provider, about 290 MB"),
  npmPackage('graphql', '16.15.0', "a parser of the schema of Dagster's web server"),
  npmPackage('@graphql-codegen/typescript-operations', '6.1.9', 'types of what is asked of it, about 15 MB'),
  pythonPackages('reladiff', 'a tool that compares tables, about 100 MB'),
  mavenJars('kafka', 'tests/stack/kafka/pom.xml', 'a broker, about 45 MB, run by Java 17'),
  mavenJars(
    'registry',
    'tests/stack/kafka/registry.pom.xml',
    "a schema registry with Confluent's routes, about 150 MB, run by Java 17",
    'unpack',
  ),
  pythonPackages('fastavro', 'an encoder of Avro, about 10 MB'),
  pythonPackages('feast', 'a feature store, for its point-in-time join, about 600 MB'),
  pythonPackages('python', 'pandas, Arrow, mypy and a kernel of notebooks, for the Python package, about 530 MB'),
  debianPackage('chromium', 'a browser without a window, for the report page, about 300 MB'),
];

/** Why it is not there afterwards; undefined if it is. */
export function provide(part: Part): string | undefined {
  if (part.installed()) {
    console.log(`${part.name} is there (${part.gives})`);
    return undefined;
  }
  const started = Date.now();
  mkdirSync(stackFolder, { recursive: true });
  const { tried, code } = part.install();
  if (code !== 0 || !part.installed()) return `\`${tried}\` ended with ${code}`;
  console.log(`installed ${part.name} into ${stackFolder}/ in ${((Date.now() - started) / 1000).toFixed(0)} s (${part.gives})`);
  return undefined;
}
