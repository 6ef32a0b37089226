/** `lockstep sources import --subject` from a real schema registry: the newest of two versions, and a subject that is not there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderWith, lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type RunningRegistry, schemaRegistry } from './schema-registry.ts';

const bid = (...more: readonly object[]) => ({
  type: 'record',
  name: 'Bid',
  fields: [
    { name: 'bid_id', type: 'string' },
    { name: 'amount', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }] },
    { name: 'bid_at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    ...more,
  ],
});

describe.skipIf(missingParts.includes('registry'))('a schema registry', () => {
  let registry: RunningRegistry;

  beforeAll(async () => {
    registry = await schemaRegistry();
    await registry.open();
  });
  afterAll(() => registry.stop());

  test('drafts the newest schema of a subject', async () => {
    await registry.register('bids.v1-value', bid(), 'AVRO');
    await registry.register('bids.v1-value', bid({ name: 'pieces', type: 'int', default: 1 }), 'AVRO');
    await registry.register('notes-value', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: {} }, 'JSON');
    const folder = await folderWith({ 'lockstep.yml': 'name: small\n', 'transforms/sources.yml': 'streams:\n' });
    const imported = (subject: string) =>
      lockstep('sources', 'import', '--project', folder, '--registry', registry.url, '--subject', subject);
    const { code, out } = await imported('bids.v1-value');
    expect(code).toBe(0);
    expect(out).toContain('    topic: bids.v1 # check: ');
    expect(out).toContain('    event_time: bid_at # check: its only timestamp\n');
    expect(out.slice(out.indexOf('    columns:'))).toBe(`    columns:
      bid_id: VARCHAR
      amount: NUMBER(12,2)
      bid_at: TIMESTAMP_NTZ
      pieces: NUMBER(10,0)
`);
    expect((await imported('asks.v1-value')).err).toMatch(/^error: the schema registry has no subject asks\.v1-value\n/);
    expect((await imported('notes-value')).err).toMatch(/^error: the subject notes-value has a schema of kind JSON\n/);
  });
});
