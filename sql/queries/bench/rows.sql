-- bench_rows: 0 or 1 row: fault, the first row of :json (whose keys are all good) that contradicts
-- itself or stands there twice.
WITH result AS (
    SELECT
        key + 1 AS "row",
        value ->> 'low' AS low,
        value ->> 'median' AS median,
        value ->> 'high' AS high,
        value ->> 'limit_name' AS limit_name,
        value ->> 'limit' AS limit_value,
        lag(key + 1) OVER (
            PARTITION BY value ->> 'program', value ->> 'suite', value ->> 'shape',
                         value ->> 'precision', value ->> 'workers', value ->> 'recompute',
                         value ->> 'metric'
            ORDER BY key) AS earlier
    FROM json_each(:json, '$.rows')
), judged AS (
    SELECT
        "row",
        CASE
            WHEN NOT median BETWEEN low AND high
            THEN 'its median ' || median || ' does not lie between low ' || low || ' and high '
                 || high
            WHEN (limit_name IS NULL) <> (limit_value IS NULL)
            THEN '"limit_name" and "limit" belong together: both are given, or both are null'
            WHEN earlier IS NOT NULL
            THEN 'measures the same as row ' || earlier
        END AS words
    FROM result
)
SELECT 'row ' || "row" || ': ' || words AS fault
FROM judged
WHERE words IS NOT NULL
ORDER BY "row"
LIMIT 1
