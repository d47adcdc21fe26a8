-- protocol_keys: all of them.
SELECT * FROM protocol_keys
