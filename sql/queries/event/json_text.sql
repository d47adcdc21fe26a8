-- event_json_text: 1 row: the text at :path of the JSON document :json, or NULL.
SELECT CASE WHEN json_valid(:json) THEN json_extract(:json, :path) END AS text
