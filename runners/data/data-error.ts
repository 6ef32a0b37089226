/** Data that is not what was declared: exit code 2. */
export interface DataPlace {
  readonly file: string;
  /** From 1; in a Parquet file the row. Null where the whole file is meant. */
  readonly line: number | null;
  readonly column: string | null;
}

export class DataError extends Error {
  readonly place: DataPlace;
  readonly hint: string | undefined;

  constructor(place: DataPlace, message: string, hint?: string) {
    super(`${place.file}${place.line === null ? '' : `:${place.line}`}: ${place.column === null ? '' : `${place.column}: `}${message}`);
    this.name = 'DataError';
    this.place = place;
    this.hint = hint;
  }
}
