-- schema_functions: one row a function that statements can call: name.
SELECT DISTINCT name FROM pragma_function_list WHERE name GLOB '[a-z]*' ORDER BY name
