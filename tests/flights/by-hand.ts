/**
 * Six flight features in correlated SQL, one question per output, over the spine `s` and the flights `f`. Nothing here was
 * printed by Lockstep. NUMBER outputs are asked as whole numbers of their last digit, rounded half away from zero.
 */

/** a/b to `digits` digits, as a whole number; NULL for b = 0. */
const rounded = (a: string, b: string, digits = 6): string => {
  const scaled = `(CAST(${a} AS HUGEINT) * ${2 * 10 ** digits})`;
  return `(SELECT CASE WHEN q.b = 0 THEN NULL WHEN q.a < 0 THEN -((-q.a + q.b) // (2 * q.b)) ELSE (q.a + q.b) // (2 * q.b) END
    FROM (SELECT ${scaled} AS a, CAST(${b} AS HUGEINT) AS b) AS q)`;
};

const window = (length: string): string => `f.departed_at < s.as_of AND f.departed_at >= s.as_of - INTERVAL '${length}'`;
const own = 'f.origin = s.origin';
const ask = (what: string, condition: string): string => `(SELECT ${what} FROM f WHERE ${condition})`;
const day = `${own} AND ${window('24 hours')}`;
const lastHour = `${own} AND ${window('1 hour')}`;
const newest = (what: string, condition: string): string =>
  `(SELECT ${what} FROM f WHERE ${condition} ORDER BY f.departed_at DESC, f.flight_id LIMIT 1)`;
const twoDays = `${own} AND ${window('2 days')}`;
const busiest = (what: string): string =>
  `(SELECT ${what} FROM (SELECT f.destination AS destination, count(*) AS n FROM f WHERE ${day} GROUP BY f.destination) AS d ORDER BY d.n DESC, d.destination LIMIT 1)`;
const route = `${own} AND f.destination = s.destination AND ${window('72 hours')}`;

export const byHand: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  origin_departures: {
    DEPARTURES_1H: ask('count(*)', lastHour),
    DEPARTURES_24H: ask('count(*)', day),
    AVG_DELAY_24H: rounded(`coalesce(${ask('sum(f.delay)', day)}, 0)`, ask('count(*)', day)),
    WORST_DELAY_24H: ask('max(f.delay)', day),
    SHARE_LATE_24H: rounded(ask('count(*)', `${day} AND f.delay > 15`), ask('count(*)', day)),
  },
  origin_last_flight: {
    LAST_DELAY: newest('f.delay', twoDays),
    LAST_DESTINATION: newest('f.destination', twoDays),
    // Boundaries of minutes between the two instants.
    MINUTES_SINCE: `epoch_us(s.as_of) // 60000000 - ${newest('epoch_us(f.departed_at)', twoDays)} // 60000000`,
  },
  origin_busiest_destination: {
    BUSIEST_DESTINATION: busiest('d.destination'),
    BUSIEST_DEPARTURES: `coalesce(${busiest('d.n')}, 0)`,
  },
  origin_share: {
    DEPARTURES_24H: ask('count(*)', day),
    SHARE_24H: `coalesce(${rounded(ask('count(*)', day), ask('count(*)', window('24 hours')))}, 0)`,
    RANK_24H: `CASE WHEN ${ask('count(*)', day)} > 0 THEN 1 + (SELECT count(*) FROM (
      SELECT f.origin AS origin, count(*) AS n FROM f WHERE ${window('24 hours')} GROUP BY f.origin) AS o WHERE o.n > ${ask('count(*)', day)}) END`,
  },
  route_delay: {
    DEPARTURES_3D: ask('count(*)', route),
    AVG_DELAY_3D: rounded(`coalesce(${ask('sum(f.delay)', route)}, 0)`, ask('count(*)', route)),
    // The middle one, or half of the two in the middle; three digits after the point.
    MEDIAN_DELAY_3D: `(SELECT 500 * (l[(len(l) + 1) // 2] + l[len(l) // 2 + 1]) FROM (SELECT ${ask('list(f.delay ORDER BY f.delay)', route)} AS l) AS m)`,
    // As Snowflake: the root of the variance, which is a NUMBER with six digits after the point.
    STDDEV_DELAY_3D: `(SELECT CASE WHEN m.n > 1 THEN sqrt(CAST(${rounded('m.n * m.q - m.t * m.t', 'm.n * (m.n - 1)')} AS DOUBLE) / 1000000) END FROM (
      SELECT ${ask('count(*)', route)} AS n, ${ask('sum(f.delay * f.delay)', route)} AS q, ${ask('sum(f.delay)', route)} AS t) AS m)`,
    SHARE_LATE_3D: rounded(ask('count(*)', `${route} AND f.delay > 15`), ask('count(*)', route)),
    LAST_DELAY: newest('f.delay', route),
  },
  origin_trend: {
    TRAFFIC_TREND: `coalesce(${rounded(`24 * ${ask('count(*)', lastHour)}`, ask('count(*)', day))}, 0)`,
    DELAY_TREND: `${rounded(`coalesce(${ask('sum(f.delay)', lastHour)}, 0)`, ask('count(*)', lastHour))} - ${rounded(`coalesce(${ask('sum(f.delay)', day)}, 0)`, ask('count(*)', day))}`,
  },
};
