/** A client of Dagster for Node: Pipes, the REST routes for external assets, and GraphQL. It knows nothing of Lockstep. */
export type { AssetKey } from './asset-key.ts';
export { DagsterClientError } from './client-error.ts';
export type { Json, JsonObject } from './json.ts';
export type { PipesContext, PipesProvenance, PipesRange } from './pipes/context.ts';
export type { AssetCheckSeverity } from './pipes/messages.ts';
export { type ColumnOfAsset, type Metadata, type MetadataValue, metadata, type TableColumn, type TableRecord } from './pipes/metadata.ts';
export {
  type CheckReport,
  type MaterializationReport,
  openPipes,
  type Pipes,
  type PipesOptions,
  type PipesSession,
  withPipes,
} from './pipes/session.ts';
