-- unscored: runs to fit laws to, without those that plans hold out to be scored.
SELECT * FROM law_points
 WHERE run NOT IN (SELECT run FROM predictions WHERE role = 'score' AND run IS NOT NULL)
