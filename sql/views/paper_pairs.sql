-- paper_pairs: one row a claim of a sweep's file (what a paper found; of several sweeps of a name the
-- newest) and a seed that its runs have on both sides; a claim without such a seed has one row
-- without it.
--   sweep       name of the sweep
--   position    of the claim in the file
--   source      the paper, and where in it
--   a, b        keys and values that are compared, JSON; b is compared with a; a key that run and probe
--               both have, as data.name, is the run's
--   outcome     attentive, linear: test top-1 in percent, of the tap that did best on validation
--               images; attentive also where the trunk learnt with the head; loss: the final causal
--               validation loss
--   paper_a, paper_b  what the paper found
--   remembered  1: these numbers were not read in the source
--   seed        NULL: no seed has runs on both sides
--   y_a, y_b    ours, means over the runs of the seed
-- Ask: Which claims of papers do our runs agree with?
--     SELECT source, outcome, b, paper_b - paper_a AS paper, avg(y_b - y_a) AS ours,
--            mean_ci(y_b - y_a) AS interval, count(seed) AS seeds
--       FROM paper_pairs GROUP BY sweep, position
CREATE VIEW paper_pairs AS
WITH outcome AS MATERIALIZED (           -- a run, and a probe of it, with what came out
    SELECT p.sweep_id, p.position, r.cell_id, pc.cell_id AS probe_id, r.seed, b.test_top1 * 100 AS y
      FROM paper_claim p
      JOIN sweep_cell sc USING (sweep_id)
      JOIN runs r ON r.cell_id = sc.cell_id AND r.task = 'pretrain'
      JOIN best_layer b ON b.run = r.run AND b.trunk = 'pretrained'
       AND (p.outcome = b.kind OR p.outcome = 'attentive' AND b.kind IN ('lora', 'finetune'))
      JOIN runs pc ON pc.run = b.probe_run
      JOIN sweep_cell psc ON psc.sweep_id = p.sweep_id AND psc.cell_id = pc.cell_id
     WHERE b.test_top1 IS NOT NULL
    UNION ALL
    SELECT p.sweep_id, p.position, r.cell_id, NULL, r.seed, r.loss
      FROM paper_claim p
      JOIN sweep_cell sc USING (sweep_id)
      JOIN runs r ON r.cell_id = sc.cell_id AND r.task = 'pretrain' AND r.state = 'done'
     WHERE p.outcome = 'loss' AND r.loss IS NOT NULL
), arm AS MATERIALIZED (
    SELECT o.sweep_id, o.position, side.value AS side, o.seed, avg(o.y) AS y
      FROM outcome o
      JOIN paper_claim p USING (sweep_id, position)
      JOIN json_each('["a", "b"]') side
     WHERE NOT EXISTS (
           SELECT 1 FROM json_each(iif(side.value = 'a', p.side_a, p.side_b)) wanted
            WHERE wanted.value IS NOT coalesce(
                  (SELECT value FROM config_keys WHERE cell_id = o.cell_id AND key = wanted.key),
                  (SELECT value FROM config_keys WHERE cell_id = o.probe_id AND key = wanted.key)))
     GROUP BY o.sweep_id, o.position, side.value, o.seed
), paired AS (
    SELECT a.sweep_id, a.position, a.seed, a.y AS y_a, b.y AS y_b
      FROM arm a
      JOIN arm b ON b.sweep_id = a.sweep_id AND b.position = a.position AND b.seed = a.seed
     WHERE a.side = 'a' AND b.side = 'b'
)
SELECT s.name AS sweep, p.position, p.source, p.side_a AS a, p.side_b AS b, p.outcome,
       p.value_a AS paper_a, p.value_b AS paper_b, p.remembered, e.seed, e.y_a, e.y_b
FROM paper_claim p
JOIN sweep s USING (sweep_id)
LEFT JOIN paired e USING (sweep_id, position)
WHERE s.sweep_id = (SELECT max(n.sweep_id) FROM sweep n WHERE n.name = s.name)
