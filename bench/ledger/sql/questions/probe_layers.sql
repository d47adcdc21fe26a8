-- probe_layers: of every probe.
SELECT * FROM probe_layers
