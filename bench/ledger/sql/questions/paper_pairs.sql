-- paper_pairs: how far our runs and papers differ, claim by claim.
SELECT sweep, position, outcome, paper_b - paper_a AS paper, avg(y_b - y_a) AS ours, count(seed) AS seeds FROM paper_pairs GROUP BY sweep, position
