/** The YAML header of a feature file. */

import { diagnosticCodes } from '../codes.ts';
import type { FeatureExample, FeatureHeader, YamlValue } from '../definition.ts';
import { type Diagnostic, didYouMean } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { isDiagnosticCode } from './config.ts';
import { readGrants } from './grants.ts';
import { exampleKeys, headerKeys, parityKeys, waiverKeys } from './keys.ts';
import {
  type Complain,
  columnName,
  complainTo,
  durationOf,
  fieldsOf,
  flagOf,
  mapOf,
  oneOf,
  scalarsOf,
  shareOf,
  textOf,
  textsOf,
} from './reader.ts';
import { isNull, plainValue, type YamlEntry, type YamlMap, type YamlNode } from './yaml.ts';

/** `isTemplateValue`: whether the template refers to a key that is none of the header's own. */
export function readHeader(map: YamlMap, span: Span, isTemplateValue: (key: string) => boolean, diagnostics: Diagnostic[]): FeatureHeader {
  const complain = complainTo(diagnostics);
  const fields = fieldsOf(map, headerKeys, 'the header', complain, { others: (entry) => isTemplateValue(entry.key) });
  const entity = textsOf(fields.entity, complain).map((name) => ({ name: columnName(name.text, name.plain), span: name.span }));
  entity.forEach(({ name, span: place }, i) => {
    if (entity.findIndex((other) => other.name === name) < i) complain(place, `\`entity\` names \`${name.toLowerCase()}\` twice`);
  });
  const every = durationOf(fields.every, complain);
  if (every === 0n && fields.every !== undefined) complain(fields.every.value.span, '`every` must be longer than nothing');
  const budget = durationOf(fields.latency_budget, complain, '20 ms, 1 second');
  if (budget === 0n && fields.latency_budget !== undefined)
    complain(fields.latency_budget.value.span, '`latency_budget` must be longer than nothing');
  const universe = textOf(fields.universe, complain);
  return {
    entity,
    description: textOf(fields.description, complain),
    owner: textOf(fields.owner, complain),
    every,
    latencyBudget:
      budget === null || fields.latency_budget === undefined ? null : { microseconds: budget, span: fields.latency_budget.value.span },
    includeAsOf: flagOf(fields.include_as_of, complain) ?? false,
    defaults: readDefaults(fields.defaults, complain),
    universe: universe === null || fields.universe === undefined ? null : { name: universe, span: fields.universe.value.span },
    status: oneOf(fields.status, ['draft', 'active', 'deprecated'], complain) ?? 'active',
    deprecationDate: readDay(fields.deprecation_date, complain),
    parity: readParity(fields.parity, complain),
    consumers: textsOf(fields.consumers, complain).map(({ text }) => text),
    grants: readGrants(fields.grants, complain, { adds: true }),
    waive: itemsOf(fields.waive, complain).flatMap((item) => readWaiver(item, complain)),
    examples: itemsOf(fields.examples, complain).flatMap((item) => readExample(item, complain)),
    span,
  };
}

function readDefaults(field: YamlEntry | undefined, complain: Complain): FeatureHeader['defaults'] {
  if (field === undefined) return [];
  return scalarsOf(field.value, '`defaults`', complain).map(({ entry, value }) => ({
    column: columnName(entry.key, entry.keyPlain),
    value,
    span: entry.keySpan,
  }));
}

function readParity(field: YamlEntry | undefined, complain: Complain): FeatureHeader['parity'] {
  const map = field === undefined || isNull(field.value) ? undefined : mapOf(field.value, '`parity`', complain);
  const fields = map === undefined ? {} : fieldsOf(map, parityKeys, '`parity`', complain);
  return {
    target: shareOf(fields.target, complain),
    confidence: shareOf(fields.confidence, complain),
    latenessBudget: shareOf(fields.lateness_budget, complain, { ends: true }),
    blocking: flagOf(fields.blocking, complain) ?? false,
  };
}

function itemsOf(field: YamlEntry | undefined, complain: Complain): readonly YamlNode[] {
  if (field === undefined || isNull(field.value)) return [];
  if (field.value.kind === 'list') return field.value.items;
  complain(field.value.span, `\`${field.key}\` must be a list`);
  return [];
}

function readWaiver(node: YamlNode, complain: Complain): FeatureHeader['waive'] {
  const map = mapOf(node, 'a waiver', complain);
  if (map === undefined) return [];
  const fields = fieldsOf(map, waiverKeys, 'a waiver', complain);
  const [code, reason, expires] = [textOf(fields.code, complain), textOf(fields.reason, complain), textOf(fields.expires, complain)];
  if (code !== null && !isDiagnosticCode(code) && fields.code !== undefined)
    complain(fields.code.value.span, `there is no diagnostic \`${code}\``, didYouMean(code, Object.keys(diagnosticCodes)));
  if (expires !== null && !isDate(expires) && fields.expires !== undefined)
    complain(fields.expires.value.span, '`expires` must be a day', '2027-01-31');
  return code === null || reason === null ? [] : [{ code, reason, expires, span: map.span }];
}

function readDay(field: YamlEntry | undefined, complain: Complain): FeatureHeader['deprecationDate'] {
  const day = textOf(field, complain);
  if (day === null || field === undefined) return null;
  if (isDate(day)) return { day, span: field.value.span };
  complain(field.value.span, `\`${field.key}\` must be a day`, '2027-01-31');
  return null;
}

function isDate(text: string): boolean {
  const milliseconds = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(text);
}

function readExample(node: YamlNode, complain: Complain): FeatureExample[] {
  const map = mapOf(node, 'an example', complain);
  if (map === undefined) return [];
  const fields = fieldsOf(map, exampleKeys, 'an example', complain);
  const events: Record<string, Record<string, YamlValue>[]> = {};
  for (const source of fields.events === undefined || isNull(fields.events.value)
    ? []
    : (mapOf(fields.events.value, '`events`', complain)?.entries ?? [])) {
    events[source.key] = itemsOf(source, complain).map((row) => rowOf(row, 'a row', complain));
  }
  const asOf = textOf(fields.as_of, complain);
  if (asOf === null) return [];
  return [
    {
      name: textOf(fields.name, complain),
      events,
      asOf,
      expect: fields.expect === undefined ? {} : rowOf(fields.expect.value, '`expect`', complain),
      span: map.span,
    },
  ];
}

function rowOf(node: YamlNode, what: string, complain: Complain): Record<string, YamlValue> {
  const entries = mapOf(node, what, complain)?.entries ?? [];
  return Object.fromEntries(entries.map(({ key, keyPlain, value }) => [columnName(key, keyPlain), plainValue(value)]));
}
