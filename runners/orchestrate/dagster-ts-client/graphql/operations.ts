/** Generated from operations.graphql and the schema of Dagster by tests/stack/dagster/generate.ts. */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** An enumeration. */
export type AssetCheckExecutionResolvedStatus =
  | 'IN_PROGRESS'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'EXECUTION_FAILED'
  | 'SKIPPED';

/**
 * Severity level for an AssetCheckResult.
 *
 *     - WARN: a potential issue with the asset
 *     - ERROR: a definite issue with the asset
 *
 *     Severity does not impact execution of the asset or downstream assets.
 *
 */
export type AssetCheckSeverity =
  | 'WARN'
  | 'ERROR';

export type EvaluationErrorReason =
  | 'RUNTIME_TYPE_MISMATCH'
  | 'MISSING_REQUIRED_FIELD'
  | 'MISSING_REQUIRED_FIELDS'
  | 'FIELD_NOT_DEFINED'
  | 'FIELDS_NOT_DEFINED'
  | 'SELECTOR_FIELD_ERROR';

/** The status of run execution. */
export type RunStatus =
  /** Runs waiting to be launched by the Dagster Daemon. */
  | 'QUEUED'
  /** Runs that have been created, but not yet submitted for launch. */
  | 'NOT_STARTED'
  /** Runs that are managed outside of the Dagster control plane. */
  | 'MANAGED'
  /** Runs that have been launched, but execution has not yet started. */
  | 'STARTING'
  /** Runs that have been launched and execution has started. */
  | 'STARTED'
  /** Runs that have started and are waiting on external work, with no run worker. */
  | 'SUSPENDED'
  /** Runs that have successfully completed. */
  | 'SUCCESS'
  /** Runs that have failed to complete. */
  | 'FAILURE'
  /** Runs that are in-progress and pending to be canceled. */
  | 'CANCELING'
  /** Runs that have been canceled before completion. */
  | 'CANCELED';

/** The type of termination policy to use for a run. */
export type TerminateRunPolicy =
  | 'SAFE_TERMINATE'
  | 'MARK_AS_CANCELED_IMMEDIATELY';

export type AssetKeyInput = {
  readonly path: ReadonlyArray<string>;
};

export type ExecutionMetadata = {
  readonly tags?: ReadonlyArray<ExecutionTag> | null | undefined;
  /**
   * The ID of the run at the root of the run group. All partial /
   *         full re-executions should use the first run as the rootRunID so they are
   *         grouped together.
   */
  readonly rootRunId?: string | null | undefined;
  /**
   * The ID of the run serving as the parent within the run group.
   *         For the first re-execution, this will be the same as the `rootRunId`. For
   *         subsequent runs, the root or a previous re-execution could be the parent run.
   */
  readonly parentRunId?: string | null | undefined;
};

export type ExecutionParams = {
  /**
   * Defines the job / pipeline and solid subset that should be executed.
   *         All subsequent executions in the same run group (for example, a single-step
   *         re-execution) are scoped to the original run's selector and solid
   *         subset.
   */
  readonly selector: JobOrPipelineSelector;
  readonly runConfigData?: unknown;
  readonly mode?: string | null | undefined;
  /**
   * Defines run tags and parent / root relationships.
   *
   * Note: To
   *         'restart from failure', provide a `parentRunId` and pass the
   *         'dagster/is_resume_retry' tag. Dagster's automatic step key selection will
   *         override any stepKeys provided.
   */
  readonly executionMetadata?: ExecutionMetadata | null | undefined;
  /**
   * Defines step keys to execute within the execution plan defined
   *         by the pipeline `selector`. To execute the entire execution plan, you can omit
   *         this parameter, provide an empty array, or provide every step name.
   */
  readonly stepKeys?: ReadonlyArray<string> | null | undefined;
  readonly preset?: string | null | undefined;
};

/** This type represents the fields necessary to identify a job or pipeline */
export type JobOrPipelineSelector = {
  readonly pipelineName?: string | null | undefined;
  readonly jobName?: string | null | undefined;
  readonly repositoryName: string;
  readonly repositoryLocationName: string;
  readonly solidSelection?: ReadonlyArray<string> | null | undefined;
  readonly assetSelection?: ReadonlyArray<AssetKeyInput> | null | undefined;
  readonly assetCheckSelection?: ReadonlyArray<AssetCheckHandleInput> | null | undefined;
};

export type AssetCheckHandleInput = {
  readonly assetKey: AssetKeyInput;
  readonly name: string;
};

export type ExecutionTag = {
  readonly key: string;
  readonly value: string;
};

export type LaunchRunMutationVariables = Exact<{
  executionParams: ExecutionParams;
}>;


export type LaunchRunMutation = { readonly launchRun:
    | { readonly __typename: 'LaunchRunSuccess', readonly run: { readonly runId: string } }
    | { readonly __typename: 'InvalidStepError', readonly invalidStepKey: string }
    | { readonly __typename: 'InvalidOutputError', readonly stepKey: string, readonly invalidOutputName: string }
    | { readonly __typename: 'RunConfigValidationInvalid', readonly errors: ReadonlyArray<
        | { readonly message: string, readonly reason: EvaluationErrorReason, readonly stack: { readonly entries: ReadonlyArray<
              | { readonly __typename: 'EvaluationStackListItemEntry', readonly listIndex: number }
              | { readonly __typename: 'EvaluationStackPathEntry', readonly fieldName: string }
              | { readonly __typename: 'EvaluationStackMapKeyEntry', readonly mapKey: unknown }
              | { readonly __typename: 'EvaluationStackMapValueEntry', readonly mapKey: unknown }
            > } }
        | { readonly message: string, readonly reason: EvaluationErrorReason, readonly stack: { readonly entries: ReadonlyArray<
              | { readonly __typename: 'EvaluationStackListItemEntry', readonly listIndex: number }
              | { readonly __typename: 'EvaluationStackPathEntry', readonly fieldName: string }
              | { readonly __typename: 'EvaluationStackMapKeyEntry', readonly mapKey: unknown }
              | { readonly __typename: 'EvaluationStackMapValueEntry', readonly mapKey: unknown }
            > } }
        | { readonly message: string, readonly reason: EvaluationErrorReason, readonly stack: { readonly entries: ReadonlyArray<
              | { readonly __typename: 'EvaluationStackListItemEntry', readonly listIndex: number }
              | { readonly __typename: 'EvaluationStackPathEntry', readonly fieldName: string }
              | { readonly __typename: 'EvaluationStackMapKeyEntry', readonly mapKey: unknown }
              | { readonly __typename: 'EvaluationStackMapValueEntry', readonly mapKey: unknown }
            > } }
        | { readonly message: string, readonly reason: EvaluationErrorReason, readonly stack: { readonly entries: ReadonlyArray<
              | { readonly __typename: 'EvaluationStackListItemEntry', readonly listIndex: number }
              | { readonly __typename: 'EvaluationStackPathEntry', readonly fieldName: string }
              | { readonly __typename: 'EvaluationStackMapKeyEntry', readonly mapKey: unknown }
              | { readonly __typename: 'EvaluationStackMapValueEntry', readonly mapKey: unknown }
            > } }
        | { readonly message: string, readonly reason: EvaluationErrorReason, readonly stack: { readonly entries: ReadonlyArray<
              | { readonly __typename: 'EvaluationStackListItemEntry', readonly listIndex: number }
              | { readonly __typename: 'EvaluationStackPathEntry', readonly fieldName: string }
              | { readonly __typename: 'EvaluationStackMapKeyEntry', readonly mapKey: unknown }
              | { readonly __typename: 'EvaluationStackMapValueEntry', readonly mapKey: unknown }
            > } }
        | { readonly message: string, readonly reason: EvaluationErrorReason, readonly stack: { readonly entries: ReadonlyArray<
              | { readonly __typename: 'EvaluationStackListItemEntry', readonly listIndex: number }
              | { readonly __typename: 'EvaluationStackPathEntry', readonly fieldName: string }
              | { readonly __typename: 'EvaluationStackMapKeyEntry', readonly mapKey: unknown }
              | { readonly __typename: 'EvaluationStackMapValueEntry', readonly mapKey: unknown }
            > } }
      > }
    | { readonly __typename: 'PipelineNotFoundError', readonly message: string }
    | { readonly __typename: 'RunConflict', readonly message: string }
    | { readonly __typename: 'UnauthorizedError', readonly message: string }
    | { readonly __typename: 'PythonError', readonly message: string }
    | { readonly __typename: 'InvalidSubsetError', readonly message: string }
    | { readonly __typename: 'PresetNotFoundError', readonly message: string }
    | { readonly __typename: 'ConflictingExecutionParamsError', readonly message: string }
    | { readonly __typename: 'NoModeProvidedError', readonly message: string }
   };

export type TerminateRunMutationVariables = Exact<{
  runId: string;
  terminatePolicy?: TerminateRunPolicy | null | undefined;
}>;


export type TerminateRunMutation = { readonly terminateRun:
    | { readonly __typename: 'TerminateRunSuccess', readonly run: { readonly runId: string } }
    | { readonly __typename: 'TerminateRunFailure', readonly message: string }
    | { readonly __typename: 'RunNotFoundError', readonly message: string }
    | { readonly __typename: 'UnauthorizedError', readonly message: string }
    | { readonly __typename: 'PythonError', readonly message: string }
   };

export type RunStateQueryVariables = Exact<{
  runId: string | number;
}>;


export type RunStateQuery = { readonly runOrError:
    | { readonly __typename: 'Run', readonly runId: string, readonly jobName: string, readonly status: RunStatus, readonly creationTime: number, readonly startTime: number | null, readonly endTime: number | null, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> }
    | { readonly __typename: 'RunNotFoundError', readonly message: string }
    | { readonly __typename: 'PythonError', readonly message: string }
   };

export type ChecksOfRunQueryVariables = Exact<{
  runId: string | number;
}>;


export type ChecksOfRunQuery = { readonly runOrError:
    | { readonly __typename: 'Run', readonly runId: string, readonly assetChecks: ReadonlyArray<{ readonly name: string, readonly assetKey: { readonly path: ReadonlyArray<string> } }> | null }
    | { readonly __typename: 'RunNotFoundError', readonly message: string }
    | { readonly __typename: 'PythonError', readonly message: string }
   };

export type JobsQueryVariables = Exact<{ [key: string]: never; }>;


export type JobsQuery = { readonly repositoriesOrError:
    | { readonly __typename: 'RepositoryConnection', readonly nodes: ReadonlyArray<{ readonly name: string, readonly location: { readonly name: string }, readonly jobs: ReadonlyArray<{ readonly name: string }> }> }
    | { readonly __typename: 'RepositoryNotFoundError', readonly message: string }
    | { readonly __typename: 'PythonError', readonly message: string }
   };

export type CheckExecutionsQueryVariables = Exact<{
  assetKey: AssetKeyInput;
  checkName: string;
  partition?: string | null | undefined;
  limit: number;
  cursor?: string | null | undefined;
}>;


export type CheckExecutionsQuery = { readonly assetCheckExecutions: ReadonlyArray<{ readonly id: string, readonly runId: string, readonly status: AssetCheckExecutionResolvedStatus, readonly timestamp: number, readonly partition: string | null, readonly evaluation: { readonly checkName: string, readonly success: boolean, readonly severity: AssetCheckSeverity, readonly description: string | null, readonly timestamp: number, readonly assetKey: { readonly path: ReadonlyArray<string> }, readonly metadataEntries: ReadonlyArray<
        | { readonly __typename: 'TableColumnLineageMetadataEntry', readonly label: string, readonly lineage: ReadonlyArray<{ readonly columnName: string, readonly columnDeps: ReadonlyArray<{ readonly columnName: string, readonly assetKey: { readonly path: ReadonlyArray<string> } }> }> }
        | { readonly __typename: 'TableSchemaMetadataEntry', readonly label: string, readonly schema: { readonly columns: ReadonlyArray<{ readonly name: string, readonly type: string }> } }
        | { readonly __typename: 'TableMetadataEntry', readonly label: string, readonly table: { readonly records: ReadonlyArray<string>, readonly schema: { readonly columns: ReadonlyArray<{ readonly name: string, readonly type: string }> } } }
        | { readonly __typename: 'FloatMetadataEntry', readonly floatRepr: string, readonly label: string }
        | { readonly __typename: 'IntMetadataEntry', readonly intRepr: string, readonly label: string }
        | { readonly __typename: 'JsonMetadataEntry', readonly jsonString: string, readonly label: string }
        | { readonly __typename: 'BoolMetadataEntry', readonly boolValue: boolean | null, readonly label: string }
        | { readonly __typename: 'MarkdownMetadataEntry', readonly mdStr: string, readonly label: string }
        | { readonly __typename: 'PathMetadataEntry', readonly path: string, readonly label: string }
        | { readonly __typename: 'NotebookMetadataEntry', readonly path: string, readonly label: string }
        | { readonly __typename: 'PythonArtifactMetadataEntry', readonly label: string }
        | { readonly __typename: 'TextMetadataEntry', readonly text: string, readonly label: string }
        | { readonly __typename: 'UrlMetadataEntry', readonly url: string, readonly label: string }
        | { readonly __typename: 'PipelineRunMetadataEntry', readonly runId: string, readonly label: string }
        | { readonly __typename: 'AssetMetadataEntry', readonly label: string, readonly assetKey: { readonly path: ReadonlyArray<string> } }
        | { readonly __typename: 'JobMetadataEntry', readonly label: string }
        | { readonly __typename: 'CodeReferencesMetadataEntry', readonly label: string }
        | { readonly __typename: 'NullMetadataEntry', readonly label: string }
        | { readonly __typename: 'TimestampMetadataEntry', readonly timestamp: number, readonly label: string }
        | { readonly __typename: 'PoolMetadataEntry', readonly label: string }
      > } | null }> };


/** What each operation takes and gives. */
export interface Operations {
  readonly LaunchRun: { readonly variables: LaunchRunMutationVariables; readonly data: LaunchRunMutation };
  readonly TerminateRun: { readonly variables: TerminateRunMutationVariables; readonly data: TerminateRunMutation };
  readonly RunState: { readonly variables: RunStateQueryVariables; readonly data: RunStateQuery };
  readonly ChecksOfRun: { readonly variables: ChecksOfRunQueryVariables; readonly data: ChecksOfRunQuery };
  readonly Jobs: { readonly variables: JobsQueryVariables; readonly data: JobsQuery };
  readonly CheckExecutions: { readonly variables: CheckExecutionsQueryVariables; readonly data: CheckExecutionsQuery };
}

export const documents: Readonly<Record<keyof Operations, string>> = {
  LaunchRun: "mutation LaunchRun($executionParams: ExecutionParams!) { launchRun(executionParams: $executionParams) { __typename ... on LaunchRunSuccess { run { runId } } ... on RunConfigValidationInvalid { errors { message reason stack { entries { __typename ... on EvaluationStackPathEntry { fieldName } ... on EvaluationStackListItemEntry { listIndex } ... on EvaluationStackMapKeyEntry { mapKey } ... on EvaluationStackMapValueEntry { mapKey } } } } } ... on InvalidStepError { invalidStepKey } ... on InvalidOutputError { stepKey invalidOutputName } ... on Error { message } } }",
  TerminateRun: "mutation TerminateRun($runId: String!, $terminatePolicy: TerminateRunPolicy) { terminateRun(runId: $runId, terminatePolicy: $terminatePolicy) { __typename ... on TerminateRunSuccess { run { runId } } ... on TerminateRunFailure { message } ... on Error { message } } }",
  RunState: "query RunState($runId: ID!) { runOrError(runId: $runId) { __typename ... on Run { runId jobName status creationTime startTime endTime tags { key value } } ... on Error { message } } }",
  ChecksOfRun: "query ChecksOfRun($runId: ID!) { runOrError(runId: $runId) { __typename ... on Run { runId assetChecks { name assetKey { path } } } ... on Error { message } } }",
  Jobs: "query Jobs { repositoriesOrError { __typename ... on RepositoryConnection { nodes { name location { name } jobs { name } } } ... on Error { message } } }",
  CheckExecutions: "query CheckExecutions($assetKey: AssetKeyInput!, $checkName: String!, $partition: String, $limit: Int!, $cursor: String) { assetCheckExecutions(assetKey: $assetKey, checkName: $checkName, partition: $partition, limit: $limit, cursor: $cursor) { id runId status timestamp partition evaluation { checkName assetKey { path } success severity description timestamp metadataEntries { __typename label ... on TextMetadataEntry { text } ... on UrlMetadataEntry { url } ... on PathMetadataEntry { path } ... on NotebookMetadataEntry { path } ... on JsonMetadataEntry { jsonString } ... on MarkdownMetadataEntry { mdStr } ... on FloatMetadataEntry { floatRepr } ... on IntMetadataEntry { intRepr } ... on BoolMetadataEntry { boolValue } ... on TimestampMetadataEntry { timestamp } ... on PipelineRunMetadataEntry { runId } ... on AssetMetadataEntry { assetKey { path } } ... on TableMetadataEntry { table { records schema { columns { name type } } } } ... on TableSchemaMetadataEntry { schema { columns { name type } } } ... on TableColumnLineageMetadataEntry { lineage { columnName columnDeps { assetKey { path } columnName } } } } } } }",
};
