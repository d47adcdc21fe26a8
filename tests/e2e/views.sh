#!/bin/sh
# views.sh LEDGER - every row of every view, sorted, without the columns that tell when, where and
# for how long: two ledgers of the same science print the same.
volatile="'host', 'started_at', 'ended_at', 'wall_s', 'cpu_s', 'rss_peak', 'attempts', 'cell_id', 'first_cell_id',
          'sweep_id', 'step_s', 'stall_s', 'stall_pct', 'read_s', 'read_pct', 'workers'"
all=$(sqlite3 "$1" "SELECT 'SELECT ' || quote(v.name) || ', '
                     || group_concat(quote(c.name) || ', \"' || c.name || '\"', ', ')
                     || ' FROM ' || v.name || ';'
                FROM sqlite_schema v, pragma_table_info(v.name) c
               WHERE v.type = 'view' AND c.name NOT IN ($volatile)
               GROUP BY v.name ORDER BY v.name")
sqlite3 "$1" "$all" | sort
