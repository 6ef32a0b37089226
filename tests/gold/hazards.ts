/** Why a case is refused, in one line: our own words, and the hazard behind them where there is one. */
import type { DiagnosticCode } from '../../compiler/codes.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';

interface Hazard {
  readonly code: DiagnosticCode;
  readonly message?: RegExp;
  /** A row of semantics.md, or what the SQL is instead of a feature. */
  readonly id: string;
}

const hazards: readonly Hazard[] = [
  { code: 'ties-undecided', id: 'W4' },
  { code: 'frame-missing', id: 'W1' },
  { code: 'float-taint', message: /grouping key/, id: 'N29' },
  { code: 'float-taint', id: 'A3' },
  { code: 'current-time', id: 'T25' },
  { code: 'order-at-top', message: /^LIMIT/, id: 'Q4' },
  { code: 'sql-unsupported', message: /RANGE with an offset/, id: 'W5' },
  { code: 'sql-unsupported', message: /IGNORE NULLS with OVER/, id: 'W12' },
  { code: 'sql-unsupported', message: /DISTINCT with OVER/, id: 'W18' },
  { code: 'sql-unsupported', message: /ASOF JOIN/, id: 'W22' },
  { code: 'sql-unsupported', message: /modifiers of GROUP BY|GROUPING SETS|ROLLUP|CUBE/i, id: 'Q10' },
  { code: 'sql-unsupported', message: /VALUES|PIVOT|LATERAL/, id: 'Q11' },
  { code: 'sql-unsupported', message: /RECURSIVE|refers to a column of the query around/, id: 'Q12' },
  { code: 'sql-unsupported', message: /a cast to TIMESTAMP_?TZ|a cast to TIMESTAMP_?LTZ/, id: 'T4' },
  { code: 'sql-unsupported', message: /TIMESTAMP_?L?TZ/, id: 'T4' },
  { code: 'wrong-arguments', message: /CONVERT_TIMEZONE/, id: 'T21' },
  { code: 'type-mismatch', message: /session time zone/, id: 'T5' },
  { code: 'type-mismatch', message: /the text of a FLOAT/, id: 'N20' },
  { code: 'type-mismatch', message: /the text of a (TIME|timestamp)/, id: 'T27' },
  { code: 'type-mismatch', message: /is no (DATE|TIME|TIMESTAMP)/, id: 'T22' },
  { code: 'type-mismatch', message: /does not subtract timestamps/, id: 'T16' },
  { code: 'type-mismatch', message: /exact decimals: engines differ/, id: 'N15' },
  { code: 'not-deterministic', message: /HASH/, id: 'H1' },
  { code: 'not-deterministic', message: /RANDOM|UUID|SEQ/, id: 'H3' },
  { code: 'not-deterministic', message: /ANY_VALUE/, id: 'A21' },
  { code: 'not-deterministic', message: /APPROX_PERCENTILE/, id: 'A25' },
  { code: 'not-deterministic', message: /APPROX|HLL/, id: 'A24' },
  { code: 'sql-unsupported', message: /a feature is (one query|exactly one statement)/, id: 'not feature SQL' },
];

export function reasonOf(diagnostics: readonly Diagnostic[]): string {
  const [first] = diagnostics;
  if (first === undefined) return 'refused without a reason';
  const hazard = hazards.find((h) => h.code === first.code && (h.message === undefined || h.message.test(first.message)));
  return `${first.code}: ${first.message.split('\n')[0]}${hazard === undefined ? '' : ` [${hazard.id}]`}`;
}
