-- probe_without_parent: a probe of a pre-trained trunk whose cell is not known: run.
SELECT run
FROM runs
WHERE kind = 'probe' AND parent IS NULL
