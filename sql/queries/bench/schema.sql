-- bench_schema: 0 or 1 row: fault, why :json is no benchmark's file at all.
SELECT CASE
    WHEN NOT json_valid(:json)
    THEN 'is not JSON: cut short, or with a word in it (NaN, Infinity) that JSON does not have'
    WHEN json_type(:json) <> 'object'
    THEN 'is JSON, but no object with the key "schema"'
    WHEN json_type(:json, '$.schema') IS NULL
    THEN 'has no key "schema": it is no benchmark''s file'
    ELSE 'its schema is ' || substr(json_quote(json_extract(:json, '$.schema')), 1, 80)
         || '; this program reads "patchlaw-bench-1"'
END AS fault
WHERE NOT (json_valid(:json) AND json_extract(:json, '$.schema') IS 'patchlaw-bench-1')
