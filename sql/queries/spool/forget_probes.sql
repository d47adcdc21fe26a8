-- spool_forget_probes: a probe starts from nothing, so must its results; returns nothing.
DELETE FROM probe_result
WHERE cell_id = (SELECT cell_id FROM cell WHERE cell_id = :cell_id AND task = 'probe')
