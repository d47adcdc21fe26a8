-- bench_keys: 0 or 1 row: fault, the first key of :json (schema patchlaw-bench-1) that is missing,
-- too many, or not what it should be. Row 0 is the file's own object.
WITH wanted (in_row, ordinal, key, form, nullable) AS (
    VALUES
    (0, 1, 'schema', 'text', 0), (0, 2, 'made_at', 'time', 0), (0, 3, 'version', 'text', 0),
    (0, 4, 'commit', 'commit', 0), (0, 5, 'dirty', 'flag', 0), (0, 6, 'host', 'text', 0),
    (0, 7, 'cpu', 'text', 1), (0, 8, 'cores', 'count', 0), (0, 9, 'isa', 'text', 1),
    (0, 10, 'blas', 'text', 1), (0, 11, 'kernel', 'text', 1), (0, 12, 'rows', 'rows', 0),
    (1, 1, 'program', 'text', 0), (1, 2, 'suite', 'text', 0), (1, 3, 'shape', 'text', 1),
    (1, 4, 'precision', 'precision', 1), (1, 5, 'workers', 'count', 1),
    (1, 6, 'recompute', 'flag', 1), (1, 7, 'metric', 'text', 0), (1, 8, 'unit', 'text', 0),
    (1, 9, 'n', 'count', 0), (1, 10, 'median', 'number', 0), (1, 11, 'low', 'number', 0),
    (1, 12, 'high', 'number', 0), (1, 13, 'limit_name', 'text', 1), (1, 14, 'limit', 'number', 1)
), form (form, words) AS (
    VALUES
    ('text', 'a text'), ('count', 'a whole number from 1'), ('flag', '0 or 1'),
    ('number', 'a finite number'), ('precision', '"fp32" or "bf16"'),
    ('time', 'a time like "2026-11-25T21:00:00Z"'), ('commit', '40 hex digits or "unknown"'),
    ('rows', 'a list of one row or more')
), element AS MATERIALIZED (
    SELECT key + 1 AS "row", type, value FROM json_each(:json, '$.rows')
     WHERE json_type(:json, '$.rows') = 'array'
), object AS (
    SELECT 0 AS "row", 0 AS in_row
    UNION ALL
    SELECT "row", 1 FROM element WHERE type = 'object'
), member AS MATERIALIZED (
    SELECT 0 AS "row", 0 AS in_row, m.key, m.type, m.atom FROM json_each(:json) m
    UNION ALL
    SELECT e."row", 1, m.key, m.type, m.atom
      FROM element e, json_each(CASE e.type WHEN 'object' THEN e.value ELSE '{}' END) m
), judged AS (
    SELECT m."row", w.ordinal, m.key, m.type, m.atom, f.words, w.nullable,
           CASE w.form
               -- U+FFFD is what half of a surrogate pair reads as.
               WHEN 'text' THEN m.type = 'text' AND m.atom <> ''
                                AND m.atom NOT GLOB '*' || char(0xfffd) || '*'
               WHEN 'count' THEN m.type = 'integer' AND typeof(m.atom) = 'integer' AND m.atom > 0
               WHEN 'flag' THEN m.type = 'integer' AND m.atom IN (0, 1)
               WHEN 'number' THEN m.type IN ('integer', 'real')
                                  AND m.atom > -9e999 AND m.atom < 9e999
               WHEN 'precision' THEN m.type = 'text' AND m.atom IN ('fp32', 'bf16')
               -- A day that is in no calendar comes back as another one.
               WHEN 'time' THEN m.type = 'text' AND
                                strftime('%Y-%m-%dT%H:%M:%SZ', m.atom, '+0 days') IS m.atom
               WHEN 'commit' THEN m.type = 'text' AND
                                  (m.atom = 'unknown' OR
                                   (length(m.atom) = 40 AND m.atom NOT GLOB '*[^0-9a-f]*'))
               WHEN 'rows' THEN m.type = 'array' AND json_array_length(:json, '$.rows') > 0
           END OR (w.nullable AND m.type = 'null') AS good
      FROM member m
      JOIN wanted w ON w.in_row = m.in_row AND w.key = m.key
      JOIN form f USING (form)
), fault ("row", ordinal, words) AS (
    SELECT "row", 0, 'is no object' FROM element WHERE type <> 'object'
    UNION ALL
    SELECT o."row", w.ordinal, json_quote(w.key) || ' is missing'
      FROM object o
      JOIN wanted w USING (in_row)
      LEFT JOIN member m ON m."row" = o."row" AND m.key = w.key
     WHERE m.key IS NULL
    UNION ALL
    SELECT "row", 98, substr(json_quote(key), 1, 80) || ' stands there twice'
      FROM member
     GROUP BY "row", key
    HAVING count(*) > 1
    UNION ALL
    SELECT m."row", 99, substr(json_quote(m.key), 1, 80) || ' is no key of patchlaw-bench-1'
      FROM member m
     WHERE NOT EXISTS (SELECT 1 FROM wanted w WHERE w.in_row = m.in_row AND w.key = m.key)
    UNION ALL
    SELECT "row", ordinal,
           json_quote(key) || ' is '
           || CASE type
                  WHEN 'array' THEN CASE key WHEN 'rows' THEN 'an empty list' ELSE 'a list' END
                  WHEN 'object' THEN 'an object'
                  WHEN 'text' THEN json_quote(substr(atom, 1, 80))
                  WHEN 'integer' THEN atom
                  WHEN 'real' THEN atom
                  ELSE type
              END
           || '; it must be ' || words || CASE WHEN nullable THEN ', or null' ELSE '' END
      FROM judged
     WHERE NOT good
)
SELECT CASE WHEN "row" > 0 THEN 'row ' || "row" || ': ' ELSE '' END || words AS fault
FROM fault
ORDER BY "row", ordinal
LIMIT 1
