-- bench_add_results: the rows of :json, which has been noted as :bench_file_id; returns nothing.
INSERT INTO bench_result (bench_file_id, ordinal, program, suite, shape, precision, workers,
                          recompute, metric, unit, n, median, low, high, limit_name, limit_value)
SELECT :bench_file_id, key + 1, value ->> 'program', value ->> 'suite', value ->> 'shape',
       value ->> 'precision', value ->> 'workers', value ->> 'recompute', value ->> 'metric',
       value ->> 'unit', value ->> 'n', value ->> 'median', value ->> 'low', value ->> 'high',
       value ->> 'limit_name', value ->> 'limit'
FROM json_each(:json, '$.rows')
