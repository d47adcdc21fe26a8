-- sweep_vars: the sweep files' own names, of one sweep.
SELECT * FROM sweep_vars WHERE sweep = 'sweep-0'
