/** What a server of OpenLineage hears of compile, materialize and parity, against what a person writes down. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environment } from './alert-servers.ts';
import { fill, fine, kinds, of, order, shop, sourcesWithIngest, targets, toldShop } from './lineage-project.ts';
import { bare, type Got, inFile, problemsOf } from './openlineage.ts';

const parent = { job: { namespace: 'airflow', name: 'nightly.lockstep' }, run: { runId: '0f6b2f0a-7d3c-4a51-9d1e-6a2f0c1b3d4e' } };
const parentId = 'airflow/nightly.lockstep/0f6b2f0a-7d3c-4a51-9d1e-6a2f0c1b3d4e';
const root = { job: { namespace: 'airflow', name: 'nightly' }, run: { runId: '1f6b2f0a-7d3c-4a51-9d1e-6a2f0c1b3d4e' } };
const rootId = 'airflow/nightly/1f6b2f0a-7d3c-4a51-9d1e-6a2f0c1b3d4e';

/** Columns of the table as DuckDB has them. */
const fields = [
  ['shop', 'VARCHAR'],
  ['as_of', 'TIMESTAMP'],
  ['orders', 'BIGINT'],
  ['paid', 'DECIMAL(38, 2)'],
  ['lockstep_version', 'VARCHAR'],
].map(([name, type], i) => ({ name, type, ordinal_position: i + 1 }));

test('compile: two jobs for each feature, with the columns and where they come from', async () => {
  const config = `${targets()}lineage: { target: local, namespace: market }\n`;
  const { folder, run, events, server } = await toldShop(config);
  environment({ KAFKA_BROKERS: 'broker-1:9092, broker-2:9092' });
  await fine(run('compile'));
  const found = events();
  expect(kinds(found).sort()).toEqual([
    'job shop.lambda.revenue',
    'job shop.lambda.shop_country',
    'job shop.materialize.revenue',
    'job shop.materialize.shop_country',
  ]);
  expect(server.requests.map(({ path, method }) => `${method} ${path}`)).toEqual(Array.from({ length: 4 }, () => 'POST /api/v1/lineage'));
  const there = { namespace: `duckdb://${folder}/raw.duckdb`, name: 'raw.web.orders' };
  const field = (name: string) => ({ ...there, field: name });
  const { version } = JSON.parse(readFileSync(join(folder, 'build/manifest.json'), 'utf8')).features[0];
  const { job, inputs, outputs, eventTime, producer, schemaURL } = of(found, 'shop.materialize.revenue');
  expect(Math.abs(Date.now() - Date.parse(eventTime))).toBeLessThan(60_000);
  expect([producer, schemaURL]).toEqual(['urn:lockstep:0.1.0', 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent']);
  expect(bare(job)).toEqual({
    namespace: 'market',
    name: 'shop.materialize.revenue',
    facets: {
      ownership: { owners: [{ name: 'money' }] },
      documentation: { description: 'What a shop took in the last two hours.' },
      tags: {
        tags: [
          { key: 'lockstep_version', value: version, source: 'LOCKSTEP' },
          { key: 'status', value: 'active', source: 'LOCKSTEP' },
        ],
      },
      jobType: { processingType: 'BATCH', integration: 'LOCKSTEP', jobType: 'MODEL' },
      sql: {
        query:
          "SELECT shop, COUNT(*) AS orders, SUM(price) AS paid\nFROM orders\nWHERE ordered_at >= as_of() - INTERVAL '2 hours' AND state = 'paid'\nGROUP BY shop",
        dialect: 'snowflake',
      },
    },
  });
  expect(bare(inputs)).toEqual([{ ...there, facets: {}, inputFacets: {} }]);
  expect(bare(outputs)).toEqual([
    {
      namespace: there.namespace,
      name: 'raw.features.revenue',
      outputFacets: {},
      facets: {
        schema: { fields },
        columnLineage: {
          fields: {
            shop: { inputFields: [field('shop')] },
            orders: { inputFields: [] },
            paid: { inputFields: [field('price')] },
          },
          dataset: ['ordered_at', 'state'].map((name) => ({ ...field(name), transformations: [{ type: 'INDIRECT' }] })),
        },
        ownership: { owners: [{ name: 'money' }] },
        documentation: { description: 'What a shop took in the last two hours.' },
      },
    },
  ]);
  const lambda = of(found, 'shop.lambda.revenue');
  expect(bare(lambda.inputs)).toEqual([{ namespace: 'kafka://broker-1:9092', name: 'orders.v1', facets: {}, inputFacets: {} }]);
  expect(lambda.outputs).toEqual([]);
  expect(lambda.job.facets.jobType).toMatchObject({ processingType: 'SERVICE', integration: 'LOCKSTEP', jobType: 'QUERY_LAMBDA' });
  expect(lambda.job.facets.sql).toMatchObject({
    query: readFileSync(join(folder, 'build/lambdas/revenue.sql'), 'utf8').trim(),
    dialect: 'duckdb',
  });
  expect(of(found, 'shop.lambda.shop_country').job.facets.tags.tags.slice(1)).toEqual([
    { key: 'status', value: 'deprecated', source: 'LOCKSTEP' },
    { key: 'deprecation_date', value: '2999-03-01', source: 'LOCKSTEP' },
  ]);
  // A table from a dbt model is where the target says; it has no topic.
  expect(of(found, 'shop.materialize.shop_country').inputs).toMatchObject([{ name: 'raw.built.shops_history' }]);
  expect(of(found, 'shop.lambda.shop_country').inputs).toEqual([]);
  expect(JSON.stringify(found)).not.toContain('SECRET');
});

test('compile: what nobody says is left out', async () => {
  const { run, events, folder } = await toldShop();
  await fine(run('compile'));
  const bareJob = of(events(), 'shop.materialize.revenue');
  expect([bareJob.job.namespace, bareJob.inputs, bareJob.outputs]).toEqual(['default', [], []]);
  expect(of(events(), 'shop.lambda.revenue').inputs).toEqual([]);
  // A second one sends the same again; with --check, and where something is wrong, nothing.
  await fine(run('compile'));
  expect(events()).toHaveLength(8);
  await fine(run('compile', '--check'));
  writeFileSync(join(folder, 'transforms/features/broken.sql'), 'SELECT');
  expect((await run('compile')).code).toBe(1);
  expect(events()).toHaveLength(8);
});

test('compile: in a namespace that somebody chose, data have the names of sources.yml', async () => {
  const { run, events } = await toldShop(`${targets()}lineage: { namespace: "{{ env_var('TEST_SPACE') }}" }\n`);
  environment({ TEST_SPACE: 'market' });
  await fine(run('compile'));
  const { inputs, outputs } = of(events(), 'shop.materialize.revenue');
  expect(inputs).toMatchObject([{ namespace: 'market', name: 'raw.web.orders' }]);
  expect(outputs).toMatchObject([{ namespace: 'market', name: 'revenue' }]);
  expect(outputs[0]?.facets.schema.fields.slice(1, 4).map(({ type }: { type: string }) => type)).toEqual([
    'TIMESTAMP_NTZ',
    'NUMBER(18,0)',
    'NUMBER(38,2)',
  ]);
  // Where a dbt model is, nobody says.
  const table = of(events(), 'shop.materialize.shop_country');
  expect([table.inputs, table.outputs[0]?.facets.columnLineage.fields]).toEqual([
    [],
    { shop: { inputFields: [] }, country: { inputFields: [] } },
  ]);
});

test('compile: on Snowflake names are as the service has them', async () => {
  const snow =
    '{ engine: snowflake, account: "{{ env_var(\'TEST_ACCOUNT\') }}", database: analytics, schema: features, databases: { raw: raw_prod }, models: { shops_history: core.shops } }';
  environment({ TEST_ACCOUNT: 'my_org-prod' });
  const { run, events } = await toldShop(`${targets(`  prod: ${snow}\n`)}lineage: { target: prod }\n`);
  await fine(run('compile'));
  const namespace = 'snowflake://my_org-prod';
  const { inputs, outputs } = of(events(), 'shop.materialize.revenue');
  expect(inputs).toMatchObject([{ namespace, name: 'RAW_PROD.WEB.ORDERS' }]);
  expect(outputs).toMatchObject([{ namespace, name: 'ANALYTICS.FEATURES.REVENUE' }]);
  expect(outputs[0]?.facets.schema.fields.map((f: { name: string; type: string }) => `${f.name} ${f.type}`)).toEqual([
    'SHOP VARCHAR',
    'AS_OF TIMESTAMP_NTZ(6)',
    'ORDERS NUMBER(18, 0)',
    'PAID NUMBER(38, 2)',
    'LOCKSTEP_VERSION VARCHAR',
  ]);
  expect(outputs[0]?.facets.columnLineage.fields.PAID).toEqual({
    inputFields: [{ namespace, name: 'RAW_PROD.WEB.ORDERS', field: 'PRICE' }],
  });
  expect(of(events(), 'shop.materialize.shop_country').inputs).toMatchObject([{ name: 'ANALYTICS.CORE.SHOPS' }]);
});

test('a source that names no database or schema is where the session of its target looks', async () => {
  const shorter = (warehouse: string) => ({ 'transforms/sources.yml': sourcesWithIngest.replace('raw.web.orders', warehouse) });
  const snow = '{ engine: snowflake, account: my_org-prod, database: analytics, schema: features }';
  const inputs = async (warehouse: string, target: string, warning = ''): Promise<readonly string[]> => {
    const { run, events } = await toldShop(`${targets(`  prod: ${snow}\n`)}lineage: { target: ${target} }\n`, shorter(warehouse));
    const { code, err } = await run('compile');
    expect([code, err]).toEqual([0, warning]);
    expect(of(events(), 'shop.materialize.shop_country').inputs).toHaveLength(warning === '' ? 1 : 0);
    return events()
      .filter((e) => e.job.name === 'shop.materialize.revenue')
      .flatMap((e) => e.inputs.map((i) => i.name));
  };
  expect(await inputs('orders', 'local')).toEqual(['raw.main.orders']);
  expect(await inputs('web.orders', 'local')).toEqual(['raw.web.orders']);
  const unknown =
    'warning: lineage: the source shops is the dbt model shops_history: where dbt built it, the target prod does not say; events leave it out\n';
  expect(await inputs('orders', 'prod', unknown)).toEqual(['ANALYTICS.FEATURES.ORDERS']);
  expect(await inputs('\'"web".orders\'', 'prod', unknown)).toEqual(['ANALYTICS.web.ORDERS']);
});

test('materialize: a run below that of the orchestrator, one below it, its rows, its instants', async () => {
  const { folder, run, events, sql } = await toldShop();
  environment({ OPENLINEAGE_PARENT_ID: parentId, OPENLINEAGE_ROOT_PARENT_ID: rootId, OPENLINEAGE_NAMESPACE: 'market' });
  await fine(run('materialize', 'revenue', ...fill, '--chunk', '5'));
  const found = events();
  expect(kinds(found)).toEqual([
    'START shop.materialize',
    'START shop.materialize.revenue',
    'COMPLETE shop.materialize.revenue',
    'COMPLETE shop.materialize',
  ]);
  const [command, began, ended, over] = found as [Got, Got, Got, Got];
  expect(command.run?.runId).toBe(over.run?.runId);
  expect(began.run?.runId).toBe(ended.run?.runId);
  expect(began.run?.runId).not.toBe(command.run?.runId);
  expect(bare(command.run?.facets)).toEqual({
    processing_engine: { name: 'Lockstep', version: '0.1.0', openlineageAdapterVersion: '0.1.0' },
    parent: { ...parent, root },
  });
  const ownRun = { job: { namespace: 'market', name: 'shop.materialize' }, run: { runId: command.run?.runId } };
  const nominalTime = { nominalStartTime: '2026-01-01T00:00:00.000000Z', nominalEndTime: '2026-01-01T12:00:00.000000Z' };
  for (const { run: of } of [began, ended]) expect(bare(of?.facets)).toMatchObject({ parent: { ...ownRun, root }, nominalTime });
  expect(began.eventTime <= ended.eventTime).toBe(true);
  // Of each of two shops an order an hour, the first at 00:00 and 00:30, the last at 09:00 and 09:30, seen for two hours: from 01:00 to 11:00.
  const [[rows, version] = []] = await sql('SELECT count(*), min(lockstep_version) FROM features.revenue');
  expect(Number(rows)).toBe(22);
  const namespace = `duckdb://${folder}/raw.duckdb`;
  expect(ended.outputs.map((o) => [o.namespace, o.name, bare(o.outputFacets), bare(o.facets.version)])).toEqual([
    [namespace, `raw.features.revenue__${version}`, { outputStatistics: { rowCount: 22 } }, { datasetVersion: version }],
    [namespace, 'raw.features.revenue', {}, { datasetVersion: version }],
  ]);
  expect(bare(ended.outputs[0]?.facets.schema)).toEqual({ fields });
  expect(began.outputs.map((o) => [o.name, o.outputFacets])).toEqual([[`raw.features.revenue__${version}`, {}]]);
  expect(ended.inputs.map((i) => i.name)).toEqual(['raw.web.orders']);
  expect(
    await sql("SELECT DISTINCT database_name || '.' || schema_name || '.' || table_name FROM duckdb_tables() WHERE table_name = 'orders'"),
  ).toEqual([['raw.web.orders']]);
  // Nothing is left: nothing is computed, and no rows are said to be.
  await fine(run('materialize', 'revenue', '--target', 'local', '--to', '2026-01-01T06:00:00'));
  const again = events().slice(4);
  expect(kinds(again)).toEqual(kinds(found));
  expect([again[2]?.run?.facets.nominalTime, again[2]?.outputs.map((o) => bare(o.outputFacets))]).toEqual([
    undefined,
    [{ outputStatistics: { rowCount: 0 } }],
  ]);
  expect((await run('materialize', 'revenue', ...fill, '--plan')).code).toBe(0);
  expect(events()).toHaveLength(8);
  expect(JSON.stringify(events())).not.toContain('SECRET');
});

const failing = {
  'transforms/features/summed.sql':
    '/*---\nentity: shop\nevery: 1 hour\n---*/\nSELECT shop, SUM(price * price * price * price) AS much FROM orders GROUP BY shop\n',
};

test('materialize: what fails says so without a value, and the others are told', async () => {
  const { run, events, sql } = await toldShop(targets(), failing);
  await sql('UPDATE web.orders SET price = 99999999.99');
  const { code, err } = await run('materialize', 'summed', 'revenue', ...fill, '--raw');
  expect([code, err]).toEqual([2, expect.stringContaining('99999999')]);
  const found = events();
  expect(kinds(found)).toEqual([
    'START shop.materialize',
    'START shop.materialize.summed',
    'FAIL shop.materialize.summed',
    'START shop.materialize.revenue',
    'COMPLETE shop.materialize.revenue',
    'FAIL shop.materialize',
  ]);
  expect(bare([found[2], found[5]].map((e) => e?.run?.facets.errorMessage))).toEqual([
    { message: 'duckdb failed', programmingLanguage: 'SQL' },
    { message: '1 feature failed', programmingLanguage: 'SQL' },
  ]);
  expect(found[2]?.outputs.map((o) => o.outputFacets)).toEqual([{}]);
  expect(JSON.stringify(found)).not.toContain('99999999');
});

test('materialize: who stops it aborts the runs', async () => {
  const { server, run, events } = await toldShop();
  server.answer = (request, response) => {
    response.end();
    if (request.body.includes('shop.materialize.revenue')) process.emit('SIGINT');
  };
  const { code } = await run('materialize', 'revenue', '--target', 'local', '--from', '2026-01-01', '--to', '2026-09-01', '--chunk', '1');
  expect(code).toBe(3);
  expect(kinds(events())).toEqual([
    'START shop.materialize',
    'START shop.materialize.revenue',
    'ABORT shop.materialize.revenue',
    'ABORT shop.materialize',
  ]);
});

test('a file gets a line for each event, behind those that are there', async () => {
  const { folder, run } = await shop(`${targets()}lineage: { file: told.ndjson, namespace: market }\n`);
  await fine(run('compile'));
  await fine(run('compile'));
  expect(kinds(inFile(join(folder, 'told.ndjson'))).sort()).toEqual(
    ['lambda.revenue', 'lambda.revenue', 'lambda.shop_country', 'lambda.shop_country']
      .concat(['materialize.revenue', 'materialize.revenue', 'materialize.shop_country', 'materialize.shop_country'])
      .map((name) => `job shop.${name}`),
  );
});

test('the schemas find what is wrong', async () => {
  const { run, folder } = await shop(`${targets()}lineage: { file: told.ndjson, namespace: market, target: local }\n`, {
    'events/orders.ndjson': order(),
  });
  await run('parity', '--events', join(folder, 'events'), '--feature', 'revenue');
  const event = of(inFile(join(folder, 'told.ndjson')), 'shop.parity.revenue', 'COMPLETE');
  const changed = (change: (copy: Got) => void): string => {
    const copy = structuredClone(event);
    change(copy);
    return problemsOf(copy).join();
  };
  expect(changed(() => {})).toBe('');
  expect(changed((e) => Object.assign(e, { eventType: 'DONE' }))).toContain('eventType');
  expect(changed((e) => Object.assign(e, { eventTime: 'today' }))).toContain('eventTime');
  expect(changed((e) => Object.assign(e.run ?? {}, { runId: '20260101T020000Z-aaaaaa' }))).toContain('runId');
  expect(changed((e) => Object.assign(e.run?.facets.lockstep_verdict, { verdict: 'GREEN' }))).toContain('verdict');
  expect(changed((e) => delete e.run?.facets.lockstep_verdict.incidents)).toContain('incidents');
  expect(changed((e) => delete e.run?.facets.test.tests[0].status)).toContain('status');
  expect(changed((e) => delete e.run?.facets.test._producer)).toContain('_producer');
  expect(changed((e) => Object.assign(e.run?.facets.test, { _schemaURL: 'https://openlineage.io/x' }))).toContain('there is no schema');
  expect(changed((e) => Object.assign(e.inputs[0]?.inputFacets.dataQualityAssertions.assertions[0], { success: 'yes' }))).toContain(
    'success',
  );
});
