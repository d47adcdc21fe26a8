-- probe_of_another_trunk: its trunk has been replaced since; cure: call the sweep again: run, trunk.
SELECT DISTINCT probe_run AS run, run AS trunk
FROM probe_layers
WHERE stale = 1
