-- law_points: of every run.
SELECT * FROM law_points
