-- cell_rest_differs: a key of a run with a loss whose row of cell_rest is not what its config says,
-- so that ablation would miss pairs or show false ones: run, key.
WITH due AS MATERIALIZED (
    SELECT key, rest, value, cell_id
      FROM (SELECT k.key, k.value, k.cell_id,
                   sum(v.weight * stated) OVER (PARTITION BY k.cell_id) - v.weight * stated AS rest
              FROM series s JOIN config_keys k USING (cell_id)
              LEFT JOIN key_value v USING (key, value)
             WHERE s.split = 'val' AND s.metric = 'loss_causal')
     WHERE key IN (SELECT key FROM key_value GROUP BY key HAVING count(*) > 1)
), text AS MATERIALIZED (
    SELECT r.key, r.rest, r.cell_id,
           replace(char(10) || c.config, char(10) || r.key || ': ' || r.value || char(10),
                   char(10)) AS text
      FROM cell_rest r JOIN cell c USING (cell_id)
     WHERE (r.key, r.rest) IN (SELECT key, rest FROM cell_rest GROUP BY key, rest
                               HAVING count(*) > 1)
)
SELECT substr(c.hash, 1, 12) AS run, key
  FROM (SELECT key, cell_id
          FROM (SELECT key, rest, value, cell_id FROM due
                EXCEPT SELECT key, rest, value, cell_id FROM cell_rest)
        UNION
        SELECT key, cell_id
          FROM (SELECT key, rest, value, cell_id FROM cell_rest
                EXCEPT SELECT key, rest, value, cell_id FROM due)
        UNION
        SELECT key, max(cell_id) FROM text GROUP BY key, rest HAVING min(text) <> max(text))
  JOIN cell c USING (cell_id)
