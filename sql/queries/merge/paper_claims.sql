-- merge_paper_claims: what papers found, of sweeps that are here now; returns nothing.
INSERT INTO main.paper_claim (sweep_id, position, source, side_a, side_b, outcome, value_a, value_b,
                              remembered)
SELECT s.sweep_id, p.position, p.source, p.side_a, p.side_b, p.outcome, p.value_a, p.value_b,
       p.remembered
FROM other.paper_claim p
JOIN other.sweep os USING (sweep_id)
JOIN main.sweep s ON s.sha256 = os.sha256
WHERE true
ON CONFLICT DO NOTHING
