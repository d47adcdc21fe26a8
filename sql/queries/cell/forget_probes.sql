-- cell_forget_probes: a probe starts from nothing, so must its results; returns nothing.
DELETE FROM probe_result WHERE cell_id = :cell_id
