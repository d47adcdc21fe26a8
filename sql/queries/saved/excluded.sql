-- excluded: the runs that no figure uses, and why.
SELECT run, task, state, reason FROM excluded_runs
