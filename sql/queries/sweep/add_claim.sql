-- sweep_add_claim: what a paper found; returns nothing.
INSERT INTO paper_claim (sweep_id, position, source, side_a, side_b, outcome, value_a, value_b,
                         remembered)
VALUES (:sweep_id, :position, :source, :side_a, :side_b, :outcome, :value_a, :value_b, :remembered)
ON CONFLICT DO NOTHING
