-- plan_late: how many predictions of the plan :plan speak of a run that had begun.
SELECT count(*) FROM predictions WHERE plan = :plan AND state = 'made too late'
