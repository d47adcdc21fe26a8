-- show_children: one row a probe of a pre-training cell: run, state.
SELECT run, state FROM runs WHERE parent = :run ORDER BY run
