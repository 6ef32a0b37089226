/** What a request is refused with: one of the types that clients of query lambdas know, and the HTTP status that goes with it. */
export const statuses = {
  INVALIDINPUT: 400,
  FUTURE_AS_OF: 400,
  AUTHEXCEPTION: 401,
  FORBIDDEN: 403,
  NOTFOUND: 404,
  ALREADYEXISTS: 409,
  CONFLICT: 409,
  HISTORY_INCOMPLETE: 422,
  QUERY_ERROR: 422,
  RATELIMITEXCEEDED: 429,
  RESOURCEEXCEEDED: 413,
  INTERNALERROR: 500,
  NOT_READY: 503,
  QUERY_TIMEOUT: 504,
} as const;

export type RequestErrorType = keyof typeof statuses;

/** In the SQL that was sent; both from 1 on. */
export interface SqlPlace {
  readonly line: number;
  readonly column: number;
}

export class RequestError extends Error {
  readonly type: RequestErrorType;
  readonly status: number;
  readonly hint: string | undefined;
  readonly place: SqlPlace | undefined;

  constructor(type: RequestErrorType, message: string, hint?: string, place?: SqlPlace) {
    super(message);
    this.name = 'RequestError';
    this.type = type;
    this.status = statuses[type];
    this.hint = hint;
    this.place = place;
  }
}
