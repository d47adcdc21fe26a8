-- paper_effects: one row a claim of a paper that the file of a sweep holds, beside our runs.
--   :sweep   name of a sweep, or NULL for all
--   n: seeds that both sides have · low, high: 95 % of Student's interval of delta, NULL for fewer
--   than two seeds, and where the differences do not scatter beyond rounding · verdict: same sign,
--   opposite sign, not distinguishable (the interval holds 0), one seed, no scatter, not run
WITH effect AS (
    SELECT sweep, position, source, a, b, outcome, paper_a, paper_b,
           paper_b - paper_a AS paper_delta, remembered, count(seed) AS n,
           avg(y_a) AS mean_a, avg(y_b) AS mean_b, avg(y_b - y_a) AS delta,
           mean_ci(y_b - y_a) AS interval
      FROM paper_pairs
     WHERE :sweep IS NULL OR sweep = :sweep
     GROUP BY sweep, position
), told AS (
    SELECT *, json_extract(interval, '$[0]') AS lowest, json_extract(interval, '$[1]') AS highest,
           n > 1 AND json_extract(interval, '$[1]') - json_extract(interval, '$[0]') <=
                     1e-12 * max(abs(mean_a), abs(mean_b)) AS still
      FROM effect
), bounded AS (
    SELECT *, iif(still, NULL, lowest) AS low, iif(still, NULL, highest) AS high
      FROM told
)
SELECT sweep, source, a, b, outcome, paper_a, paper_b, paper_delta, remembered, n, mean_a, mean_b,
       delta, low, high,
       CASE
           WHEN n = 0 THEN 'not run'
           WHEN still THEN 'no scatter'
           WHEN low IS NULL THEN 'one seed'
           WHEN low <= 0 AND high >= 0 THEN 'not distinguishable'
           WHEN sign(delta) = sign(paper_delta) THEN 'same sign'
           ELSE 'opposite sign'
       END AS verdict
FROM bounded
ORDER BY sweep, position
