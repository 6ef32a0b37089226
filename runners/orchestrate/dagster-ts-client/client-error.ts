/** What the caller gave cannot be sent to Dagster, or what Dagster gave cannot be read. */
export class DagsterClientError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DagsterClientError';
  }
}
