# same_ledger.sh - sourced: whether two ledgers say the same, view for view and table for table.
#
# Left out of each line is what an interruption may change, and nothing else:
#   attempt_id uuid ordinal beats step step_resumed   which attempt it was, and how far it heard;
#   attempts tried                                     of attempts only those that are done count
#   *_at wall_s cpu_s rss_peak workers                 when, and what it cost
#   step_s stall_s read_s stall_pct read_pct           the same of its feed
#   pid pid_started launcher_pid launcher_started boot_id   which process
#   weight rest                                        random, and sums of these
# cell_id, first_cell_id, parent_cell_id, series_id and sweep_id are numbers of arrival: their names stand instead.

ledger_lines() { # LEDGER: a line "table or view|column|column|..." for each row, sorted
    sqlite3 "$1" > "$1.sql" <<'SQL'
WITH kept AS (
    SELECT m.name AS relation, c.name AS name, c.cid AS place
    FROM sqlite_schema m, pragma_table_info(m.name) c
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'
      AND c.name NOT LIKE '%\_at' ESCAPE '\'
      AND c.name NOT IN ('attempt_id', 'uuid', 'beats', 'step_resumed', 'attempts', 'tried',
                         'wall_s', 'cpu_s', 'rss_peak', 'step_s', 'stall_s', 'read_s', 'stall_pct',
                         'read_pct', 'pid', 'pid_started', 'launcher_pid',
                         'launcher_started', 'boot_id', 'weight', 'rest')
      AND NOT (m.name = 'attempt' AND c.name IN ('ordinal', 'step', 'workers'))
      AND NOT (m.name = 'feeding' AND c.name = 'workers')
    ORDER BY 1, 3)
SELECT printf('SELECT ''%s'' || %s FROM "%s" t%s;', relation, group_concat('''|'' || ' ||
           CASE name
           WHEN 'series_id' THEN '(SELECT hash || '' '' || split || '' '' || metric
               FROM series s JOIN cell USING (cell_id) WHERE s.series_id = t.series_id)'
           WHEN 'cell_id' THEN '(SELECT hash FROM cell c WHERE c.cell_id = t.cell_id)'
           WHEN 'first_cell_id' THEN '(SELECT hash FROM cell c WHERE c.cell_id = t.first_cell_id)'
           WHEN 'parent_cell_id' THEN 'coalesce((SELECT hash FROM cell c
               WHERE c.cell_id = t.parent_cell_id), '''')'
           WHEN 'sweep_id' THEN '(SELECT sha256 FROM sweep s WHERE s.sweep_id = t.sweep_id)'
           ELSE printf('quote(t."%w")', name)
           END, ' || '), relation, iif(relation = 'attempt', ' WHERE state = ''done''', ''))
FROM kept
GROUP BY relation;
SQL
    sqlite3 "$1" < "$1.sql" | LC_ALL=C sort
}

acknowledged() { # LEDGER: a line for each point, each done run and each of its probe results
    [ "$(sqlite3 -readonly "$1" "SELECT count(*) FROM sqlite_schema WHERE name = 'runs'")" = 1 ] ||
        return 0
    sqlite3 -readonly "$1" "
        SELECT 'point', hash, split, metric, step, p.kind, value
        FROM point p JOIN series USING (series_id) JOIN cell USING (cell_id);
        SELECT 'done', hash FROM runs WHERE state = 'done';
        SELECT 'probe', r.hash, p.tap, p.kind, p.lr, p.weight_decay, p.split, p.top1, p.chosen
        FROM probe_result p JOIN runs r USING (cell_id) WHERE r.state = 'done';"
}

none_lost() { # FILE LEDGER: prints the lines of FILE, from acknowledged, that LEDGER lacks
    acknowledged "$2" | LC_ALL=C sort > "$2.lines"
    LC_ALL=C sort -u "$1" | LC_ALL=C comm -23 - "$2.lines"
}
