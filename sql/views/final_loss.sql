-- final_loss: one row a pre-training cell that is done and whose final causal loss is finite.
--   loss_causal   validation loss at the last validated step
--   loss_prefix   the same behind prefixes; may be NULL
--   train_loss    mean of the training loss over the finite points of the curve's last tenth
--   steps_seen    step of that last validation
-- Ask: How fast does the loss fall with compute, at each width?
--     SELECT width, power_law(flops_total, loss_causal) ->> 'b' AS exponent, count(*) AS n
--       FROM final_loss GROUP BY width
CREATE VIEW final_loss AS
SELECT
    r.run, r.width, r.depth, r.seed, r.steps, r.params_trunk, r.params_total, r.patches,
    r.flops_total,
    r.loss AS loss_causal,
    (SELECT iif(t.points > 0, t.value_last, (SELECT p.value FROM point p
                                              WHERE p.series_id = s.series_id
                                              ORDER BY p.step DESC LIMIT 1))
       FROM series s LEFT JOIN series_summary t USING (series_id)
      WHERE s.cell_id = r.cell_id AND s.split = 'val' AND s.metric = 'loss_prefix') AS loss_prefix,
    (SELECT t.tail_mean
       FROM series s JOIN series_summary t USING (series_id)
      WHERE s.cell_id = r.cell_id AND s.split = 'train' AND s.metric = 'loss') AS train_loss,
    (SELECT coalesce(t.step_last, (SELECT max(p.step) FROM point p
                                     WHERE p.series_id = s.series_id))
       FROM series s LEFT JOIN series_summary t USING (series_id)
      WHERE s.cell_id = r.cell_id AND s.split = 'val' AND s.metric = 'loss_causal') AS steps_seen
FROM runs r
WHERE r.task = 'pretrain' AND r.state = 'done' AND r.loss IS NOT NULL
