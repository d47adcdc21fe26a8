-- isoflop: one row a budget of an isoflop sweep and a size: N parameters of the trunk, D patches, loss
-- as the mean of n seeds. best is 1 for the lowest loss of the budget: one at the smallest or largest
-- size is no minimum yet.
SELECT
    v.sweep,
    v.value AS budget_flops,
    r.params_trunk AS N,
    avg(r.patches) AS D,
    r.width,
    r.depth,
    count(*) AS n,
    avg(r.loss) AS loss,
    avg(r.loss) = min(avg(r.loss)) OVER (PARTITION BY v.sweep, v.value) AS best
FROM sweep_vars v
JOIN sweep_cells c ON c.sweep_id = v.sweep_id AND c.cell_id = v.cell_id AND c.launched
JOIN runs r ON r.cell_id = v.cell_id
WHERE v.name = 'budget_flops' AND r.loss IS NOT NULL
GROUP BY v.sweep, v.value, r.params_trunk, r.width, r.depth
ORDER BY v.sweep, v.value, r.params_trunk
