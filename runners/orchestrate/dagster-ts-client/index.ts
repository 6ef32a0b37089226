/** A client of Dagster for Node: Pipes, the REST routes for external assets, and GraphQL. It knows nothing of Lockstep. */
export type { AssetKey } from './asset-key.ts';
export { DagsterClientError } from './client-error.ts';
export { type CheckExecution, type CheckQuestion, checkExecutions, checksOfRun } from './graphql/checks.ts';
export type { RunStatus, TerminateRunPolicy } from './graphql/operations.ts';
export { type ConfigProblem, DagsterResultError, type ResultType } from './graphql/request.ts';
export {
  DagsterWaitError,
  type Job,
  jobs,
  type Launch,
  launchRun,
  type Run,
  runState,
  terminateRun,
  type Waiting,
  waitForRun,
} from './graphql/runs.ts';
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
export { type ExternalAssets, type ExternalCheck, type ExternalEvent, externalAssets } from './rest/external-assets.ts';
export { DagsterRequestError, type DagsterServer, type RequestFailure } from './server.ts';
