-- blocked_probes: all of them.
SELECT * FROM blocked_probes
