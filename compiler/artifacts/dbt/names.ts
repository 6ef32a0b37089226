/** What nodes, relations and files of the dbt project are called. */
import type { Source } from '../../catalog.ts';
import { dbtModelOf, relationParts } from '../warehouse-name.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export const warehouses = ['duckdb', 'snowflake'] as const;
export type Warehouse = (typeof warehouses)[number];

export const writtenByUs = '-- Written by Lockstep; edit the feature, not this file.\n';

export const stagingName = (source: string): string => `stg_${source.toLowerCase()}`;

/** The model of the table that a version of the feature fills; the feature's own name is the view that shows one. */
export const gridName = (feature: string): string => `${feature}__grid`;

/** Each version has a relation of its own, so that an older one stays as it is until the newer is complete. */
export const versionedRelation = (feature: string, version: string): string => `${feature}__${version}`;

export const gridPath = (feature: string): string => `models/grids/${gridName(feature)}.sql`;

/** Where a declared relation is: `database` and `schema` are null where the profile says. */
export function placeOf(source: Source): { readonly database: string | null; readonly schema: string | null; readonly table: string } {
  const path = relationParts(source);
  return {
    database: path.length > 2 ? path.slice(0, -2).join('.') : null,
    schema: path.length > 1 ? (path.at(-2) ?? null) : null,
    table: path.at(-1) ?? source.warehouse,
  };
}

export const sourceGroup = (source: Source): string => `lockstep_${relationParts(source).slice(0, -1).join('_') || 'raw'}`;

export function rawRelation(source: Source): string {
  const ref = dbtModelOf(source);
  return ref === null ? `{{ source('${sourceGroup(source)}', '${placeOf(source).table}') }}` : `{{ ref('${ref}') }}`;
}

/** Letters, digits and _, as names of projects, groups and exposures must be. */
export const plainName = (text: string): string => text.replace(/[^A-Za-z0-9_]/g, '_');

export const asOfMacroName = (feature: string): string => `${feature}_as_of`;

const ofFeature = /(?:^|\/)(?:models\/features\/(.+)|models\/grids\/(.+)__grid|macros\/features\/(.+)_as_of|lambdas\/(.+))\.(?:sql|json)$/;

/** Of an artifact; null for what features share. */
export function featureOf(path: string): string | null {
  const found = ofFeature.exec(path);
  return found === null ? null : (found.slice(1).find((name) => name !== undefined) ?? null);
}
