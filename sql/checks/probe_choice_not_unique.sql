-- probe_choice_not_unique: a tap and kind of a finished probe cell that has not exactly one chosen
-- head: run, tap, kind, chosen.
SELECT r.run, p.tap, p.kind, sum(p.chosen) AS chosen
FROM runs r JOIN probe_result p USING (cell_id)
WHERE r.state = 'done' AND p.split = 'val'
GROUP BY r.cell_id, p.tap, p.kind
HAVING sum(p.chosen) <> 1
