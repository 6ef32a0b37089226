/** Ways to break the real-time side from outside: in what arrives, in the stored lambdas, in the store. */

export interface Arrivals {
  readonly columns: string;
  /** A number from 0 to 1 for each flight, in SQL. */
  readonly random: (what: string) => string;
  /** So many arrive. */
  readonly days: number;
}

export interface Breakage {
  readonly what: string;
  /** What parity should call it. */
  readonly cause: string;
  /** Of the arrivals, as a query over `deliveries` and `first_copies`. */
  readonly arrivals?: (of: Arrivals) => string;
  readonly lambda?: (sql: string) => string;
  /** Of a feature's file: the definition that the lambdas were compiled from. */
  readonly older?: (sql: string) => string;
  readonly keepsCopies?: true;
}

const centralTime = "('DFW', 'IAH', 'ORD', 'STL', 'MSP', 'MCI', 'HOU', 'MDW', 'DAL', 'AUS', 'SAT', 'MSY', 'MEM', 'BNA')";

/** Four in the afternoon of the day in the middle. */
const hourOf = (days: number): string => `TIMESTAMP '2001-01-08 16:00:00' + INTERVAL ${Math.floor(days / 2)} DAY`;

export const breakages: Readonly<Record<string, Breakage>> = {
  late: {
    what: 'one flight in ten is reported five hours later',
    cause: 'late',
    arrivals: ({ columns, random }) =>
      `SELECT ${columns.replace('ingested_at', `CASE WHEN ${random('later')} < 0.1 THEN ingested_at + INTERVAL 5 HOUR ELSE ingested_at END AS ingested_at`)} FROM deliveries`,
  },
  timezone: {
    what: 'airports in the middle of the country write their own wall clock',
    cause: 'time_zone',
    arrivals: ({ columns }) =>
      `SELECT ${columns.replace('departed_at', `CASE WHEN origin IN ${centralTime} THEN departed_at - INTERVAL 6 HOUR ELSE departed_at END AS departed_at`)} FROM deliveries`,
  },
  duplicate: {
    what: 'a producer sends one flight in twenty again, under a new id',
    cause: 'duplicate',
    arrivals: ({ columns, random }) =>
      `SELECT ${columns} FROM deliveries UNION ALL SELECT ${columns.replace('flight_id', 'flight_id + 10000000')} FROM first_copies WHERE ${random('retried')} < 0.05`,
  },
  'lost-hour': {
    what: 'what was to arrive within one hour never arrived',
    cause: 'stream_gap',
    arrivals: ({ columns, days }) =>
      `SELECT ${columns} FROM deliveries WHERE ingested_at NOT BETWEEN ${hourOf(days)} AND ${hourOf(days)} + INTERVAL 1 HOUR`,
  },
  dedupe: { what: 'the event store keeps every copy that arrives', cause: 'duplicate', keepsCopies: true },
  boundary: {
    what: 'the stored lambdas were edited: a window no longer holds its first instant (`>=` became `>`)',
    cause: 'boundary',
    lambda: (sql) => sql.replaceAll('departed_at >= asked.as_of', 'departed_at > asked.as_of'),
  },
  rounding: {
    what: 'the stored lambdas were edited: quotients are cut off instead of rounded',
    cause: 'rounding',
    lambda: (sql) =>
      sql.replaceAll(
        /lockstep_quotient\((.*?), CAST\(1000000 AS HUGEINT\), (CAST\(NULLIF\(.*?\) AS HUGEINT\))\)/g,
        '(($1 * 1000000) // $2)',
      ),
  },
  null: {
    what: 'the stored lambdas were edited: an empty count is NULL instead of 0',
    cause: 'empty_default',
    lambda: (sql) => sql.replaceAll(/COALESCE\((answer\.\w+), 0\)/g, '$1'),
  },
  version: {
    what: 'the stored lambdas are of an older definition, with windows of 12 hours instead of 24',
    cause: 'version_skew',
    older: (sql) => sql.replaceAll("INTERVAL '24 hours'", "INTERVAL '12 hours'"),
  },
};
