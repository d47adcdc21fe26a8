#!/bin/sh
# sql.sh PATCHLAW - what a person and a script get from patchlaw sql: forms, refusals, limits, saved
# queries, the schema, the prompt, completion; and the same aggregates in plain sqlite3 and Python.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: sql.sh PATCHLAW}")
extension=$(dirname "$patchlaw")/../lib/patchlaw_sql.so
completion=$here/../../share/bash-completion/completions/patchlaw
command -v sqlite3 > /dev/null || { echo "skipped: sqlite3 is not installed"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_LEDGER=$work/ledger.db NO_COLOR=1 XDG_STATE_HOME=$work/state
"$here/make_ledger.sh" ledger.db || exit 1
. "$here/checks.sh"
skips=0

sql() { "$patchlaw" sql "$@"; }
refused() { # status, pattern, argument...: ends with status, says pattern
    wanted=$1 pattern=$2
    shift 2
    said=$("$patchlaw" sql "$@" 2>&1 < /dev/null)
    check "sql $* exits" $? "$wanted"
    check_has "sql $*" "$said" "$pattern"
}

# ---- forms: what is not a plain value stays what it is ----

odd="SELECT NULL AS gone, 9e999 AS big, x'00ff' AS blob, 'a' || char(10) || 'b,\"|' AS text, 0.1 AS real, char(65, 0, 66) AS nul, CAST(x'c328' AS TEXT) AS bytes"
check "CSV" "$(sql --csv "$odd" | tr '\n' '~')" \
    "gone,big,blob,text,real,nul,bytes~,inf,X'00FF',\"a~b,\"\"|\",0.1,X'410042',X'C328'~"
check "JSON" "$(sql --json "$odd" | sed -n 2p)" \
    '  {"gone": null, "big": "inf", "blob": "X'"'00FF'"'", "text": "a\u000ab,\"|", "real": 0.1, "nul": "X'"'410042'"'", "bytes": "X'"'C328'"'"}'
sql --json "$odd" > odd.json
check "JSON is JSON" "$(sqlite3 :memory: "SELECT json_valid(readfile('odd.json'))")" 1
check "Markdown" "$(sql --markdown "$odd" | sed -n 3p)" \
    "| - | inf | X'00FF' | a b,\"\\| | 0.1 | X'410042' | X'C328' |"
check "table" "$(sql "$odd" | sed -n 2p | tr -s ' ')" "- inf X'00FF' a b,\"| 0.1 X'410042' X'C328'"
check "a wide text stays whole" "$(sql --csv "SELECT printf('%03000d', 7)" | tail -n 1 | wc -c)" 3001
check "no rows in JSON" "$(sql --json 'SELECT 1 WHERE 0' | tr -d '\n')" '[]'

# ---- what is refused ----

for statement in "ATTACH 'other.db' AS other" "WITH n AS (SELECT 'n') INSERT INTO saved_query SELECT 'n', 'x', 1 FROM n" \
    "PRAGMA writable_schema = 1" "PRAGMA journal_mode = DELETE" "SELECT load_extension('x')" \
    "VACUUM INTO 'copy.db'" "CREATE TABLE t (x)"; do
    refused 2 'would write' "$statement"
done
refused 2 'no such function' "SELECT writefile('copy', 'x')"
check "nothing was written" "$(ls | grep -cE '^(other|copy)')" 0
refused 2 'nearest is runs' 'SELECT * FROM rnus'
refused 2 'nearest is loss' 'SELECT lsos FROM runs'
refused 2 'nearest is test_top1$' 'SELECT b.tets_top1 FROM best_layer b'
refused 2 'nearest is spearman' 'SELECT spearmann(1, 2)'
refused 2 'nearest is best_layer' bestlayer
refused 2 'is a saved query' 'SELECT * FROM scaling'
refused 2 'no saved query but a table or view' runs
refused 2 'nearest is runs' .schema rnus
refused 2 'no command' .nonsense
refused 3 'too big' 'SELECT hex(zeroblob(100000000))'
refused 3 'time limit' --seconds 1 \
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'

# Rows without end, few rows whose answers take long, and one answer that does.
rows='WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)'
refused 3 'time limit' --seconds 1 "$rows SELECT count(b) FROM (SELECT bootstrap_ci(i) OVER (ORDER BY i ROWS BETWEEN 5 PRECEDING AND UNBOUNDED FOLLOWING) AS b FROM n)"
ten=$(for i in 1 2 3 4 5 6 7 8 9; do printf 'bootstrap_ci(i, 0.%d), ' "$i"; done)
refused 3 'time limit' --seconds 1 "$rows SELECT $ten bootstrap_ci(i) FROM n"
check "a comment is no statement" "$(sql --csv 'SELECT 1; -- done' | tail -n 1)" 1
check "a statement without a blank" "$(sql --csv 'VALUES(1)' | tail -n 1)" 1
check "nor a parenthesis" "$(sql --csv "SELECT'x';" | tail -n 1)" x
refused 2 'a second begins at: SELECT 2' 'SELECT 1; SELECT 2'

# ---- the cap: whatever is left out is said, and a script can tell ----

many='WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) SELECT i FROM n'
for form in --csv --json --markdown; do
    said=$(sql $form "$many" 2>&1 > out.txt)
    check "$form cut exits" $? 1
    check_has "$form cut says so" "$said" 'more rows than these 1000'
done
sql --csv --rows 0 "$many" > out.txt 2> err.txt; check "all rows exit" $? 0
check "all rows" "$(wc -l < out.txt)$(cat err.txt)" 1002
said=$(sql --csv --rows 5 "$many" 2>&1 > out.txt); check "as many as asked for" $? 0
check_has "and no more" "$said" 'more rows than these 5'
sql --csv --rows 1001 "$many" > out.txt 2> err.txt; check "exactly all" "$?$(cat err.txt)" 0

# ---- parameters and saved queries ----

by_width='SELECT count(*) FROM runs WHERE task = :task AND width = :width'
check "parameters" "$(sql --csv "$by_width" width=64 task=pretrain | tail -n 1)" 3
check "a quoted number is text" "$(sql --csv "SELECT typeof(:x)" "x='64'" | tail -n 1)" text
check "a number is a number" "$(sql --csv "SELECT typeof(:x) || typeof(:y) || typeof(:z)" x=64 y=1e-3 z=007a | tail -n 1)" \
    integerrealtext
# Digits alone name a run, too.
sqlite3 ledger.db "UPDATE cell SET hash = '123456789012' || substr(hash, 13) WHERE cell_id = 1"
check "a run of digits" "$(sql --csv 'SELECT count(*) FROM runs WHERE run = :run' run=123456789012 | tail -n 1)" 1
check "and stay a number elsewhere" "$(sql --csv 'SELECT :n = 123456789012' n=123456789012 | tail -n 1)" 1
for run in 123456789e12 012345678901 1e2345678901; do
    sqlite3 ledger.db "UPDATE cell SET hash = '$run' || substr(hash, 13) WHERE cell_id = 1"
    check "a run like a number: $run" "$(sql --csv 'SELECT count(*) FROM runs WHERE run = :run' run=$run | tail -n 1)" 1
done
sqlite3 ledger.db "UPDATE cell SET hash = '123456789012' || substr(hash, 13) WHERE cell_id = 1"
check "what reads as a number" "$(sql --csv "SELECT typeof(:a) || typeof(:b) || typeof(:c) || typeof(:d) || typeof(:e)" a=-0.5 b=007 c=-07 d=.5 e=1e6 | tail -n 1)" \
    realtexttextrealreal
refused 2 'has a parameter :width' "$by_width" task=probe
refused 2 "no parameter 'widht'; the nearest is width" "$by_width" task=probe width=1 widht=2
refused 2 'write :width, not ?' 'SELECT ?' x=1
refused 2 'name=value' 'SELECT 1' 2
printf -- '-- how many runs of a width\n%s' "$by_width" | sql --save by_width
check "save exits" $? 0
check "a query of one's own" "$(sql by_width width=64 task=pretrain --csv | tail -n 1)" 3
check_has "is listed" "$(sql --list)" 'by_width  *ledger  *how many runs of a width'
check_has "beside those that are built in" "$(sql --list)" '^scaling  *patchlaw'
check "and shown" "$(sql --show by_width | tail -n 1)" "$by_width"
check "and travels with the ledger" "$(sqlite3 ledger.db 'SELECT name FROM saved_query')" by_width
echo 'SELECT 7 AS seven' | sql --save by_width; check "save from a pipe" $? 0
check "takes its place" "$(sql --csv by_width | tail -n 1)" 7
refused 2 'comes with patchlaw' --save scaling 'SELECT 1'
refused 2 'would write' --save worse 'DELETE FROM cell'
refused 2 'no such column' --save worse 'SELECT nonsense FROM runs'
refused 2 'no ledger here' --ledger nowhere.db --save other 'SELECT 1'
refused 2 'lower-case letters' --save 'Bad Name' 'SELECT 1'
sql --delete by_width; check "delete exits" $? 0
refused 2 'no saved query' --delete by_width
for name in $(sql --list --csv | tail -n +2 | cut -d , -f 1); do
    sql "$name" > /dev/null 2> err.txt; check "saved query $name: $(cat err.txt)" $? 0
done

# ---- the schema, and the question that each view answers ----

check_has ".schema of a view" "$(sql .schema runs)" '^run .*first 12 hex digits'
check_has ".schema of a table" "$(sql .schema attempt)" '^beats  *INTEGER  *signs of life'
check_has ".schema tells keys" "$(sql .schema series)" '^cell_id  *INTEGER  *of cell$'
check_has ".schema --json" "$(sql --json .schema point)" '"column": "value", "type": "REAL", "what": "NULL where'
check_has ".tables" "$(sql .tables)" '^runs  *view  *one row a cell'
check_has ".help" "$(sql .help)" 'power_law(x, y)'
for aggregate in kendall partial_corr rank_partial mean_ci welch; do check_has "--help tells $aggregate" "$(sql --help)" "$aggregate(x"; done
asked=0
for view in $(sql --csv .tables | grep ',view,' | cut -d , -f 1); do
    sql --markdown .schema "$view" | sed -n '/^```sql$/,/^```$/{/^```/d;p}' > question.sql
    sql --csv < question.sql > out.txt 2> err.txt; check "the question of $view: $(cat err.txt)" $? 0
    asked=$((asked + 1))
    # Probes of diverged trunks, measurements and what is left out by rule need not be there.
    case $view in bench*) continue ;; esac
    check "$view answers" "$([ "$(wc -l < out.txt)" -gt 1 ] && echo 1)" 1
done
check "views were asked" "$([ $asked -gt 10 ] && echo 1)" 1

# ---- a script on standard input ----

check "a script with names" "$(printf '.mode csv;\nprogress\nprogress;\n' | sql | grep -c '^sweep,')" 2
check "a script" "$(printf '.mode csv\nSELECT 1 AS a; SELECT 2\n  AS b;\nseeds\nseeds;\n-- end\n/* ; */\nSELECT 3 AS c -- last\n' | sql | grep -E '^[a-c0-9]$' | tr '\n' ' ')" 'a 1 b 2 c 3 '
said=$(printf 'SELECT 1;\nSELEKT 2;\nSELECT 3;\n' | sql --csv 2>&1); check "a bad script exits" $? 2
check "a bad script stops there" "$(printf '%s\n' "$said" | grep -c '^3$')" 0
check ".quit" "$(printf '.quit\nSELECT 1;\n' | sql)" ""
check "nothing to do" "$(sql < /dev/null)" ""

# ---- the prompt ----

type_lines() { # KEYS...: each typed at a prompt of its own
    prompts=0
    : > typed.txt
    for keys; do
        prompts=$((prompts + 1)) tries=0
        until [ "$(grep -oE '(patchlaw|\.\.\.)> ' typed.txt | wc -l)" -ge $prompts ] || [ $tries -ge 300 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        printf '%b' "$keys"
    done | TERM=xterm script -qec "'$patchlaw' sql" /dev/null > typed.txt
    tr -d '\r' < typed.txt
}
if command -v script > /dev/null; then
    said=$(type_lines 'sel\tcount(*) || 1 AS n FROM excluded_\t;\n' '.sch\tscaling_\t\n' 'SELECT 40\n' '+ 2 AS sum;\n' \
        'SELEKT 1;\n' "SELECT 'still ' || 'there' AS x;\n" '\004')
    check_has "TAB completes and the statement runs" "$said" '^n$'
    check_has "TAB completes dot commands and views" "$said" 'training FLOPs'
    check_has "a statement may have several lines" "$said" '^ 42$'
    check_has "an error is told" "$said" 'syntax error'
    check_has "and the prompt goes on" "$said" '^still there$'
    check_has "history is kept" "$(cat state/patchlaw/sql_history)" 'SELEKT'
    check "for its owner alone" "$(stat -c %a state/patchlaw/sql_history)" 600
else
    echo "skipped: the prompt: script is not installed"
    skips=$((skips + 1))
fi

# ---- completion ----

if command -v bash > /dev/null; then
    cat > complete.sh <<'END'
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_patchlaw 2> /dev/null
echo "${COMPREPLY[*]}"
END
    complete() { bash complete.sh "$completion" "$patchlaw" "$@"; }
    check "commands" "$(complete s)" "sweep status show sql"
    check "options" "$(complete sql --se)" "--seconds"
    check "saved queries" "$(complete sql best)" "best_layer"
    check "runs" "$(complete show 12345)" "123456789012"
    check "keys" "$(complete run model.wi)" "model.width="
    # Every command is offered, none of them twice.
    check "all commands" "$("$patchlaw" complete | sort -u)" \
        "$("$patchlaw" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' | grep -v patchlaw | sort)"
else
    echo "skipped: completion: bash is not installed"
    skips=$((skips + 1))
fi

# ---- the same aggregates elsewhere ----

query="SELECT printf('%.12g', corr(C, L)), printf('%.12g', spearman(C, L)), printf('%.12g', kendall(C, L)), printf('%.12g', partial_corr(D, L, N)), printf('%.12g', rank_partial(C, L, D)), welch(L, width > 64), mean_ci(L), printf('%.12g', slope(D, L)), printf('%.12g', quantile(L, 0.3)), bootstrap_ci(L, 0.9), power_law(C, L) FROM scaling_points"
plain=$(sqlite3 -csv ledger.db -cmd ".load $extension" "$query")
check "sqlite3 says the same" "$plain" "$(sql --csv "$query" | tail -n 1)"
check "an error in sqlite3" "$(sqlite3 :memory: -cmd ".load $extension" "SELECT corr(1, 'x')" 2>&1 | grep -c 'no number')" 1
if /usr/bin/python3 -c 'import sqlite3; sqlite3.Connection.enable_load_extension' 2> /dev/null; then
    /usr/bin/python3 "$here/sql_aggregates.py" "$extension"; check "Python computes the same" $? 0
else
    echo "skipped: no /usr/bin/python3 that loads extensions"
    skips=$((skips + 1))
fi

# ---- a setting's name is that of a run that is done ----

VARIANT=many "$here/make_ledger.sh" many.db || exit 1
named() { sqlite3 many.db "SELECT run, setting FROM law_points ORDER BY run"; }
named > before.txt
check "settings have ten seeds" \
    "$(sqlite3 many.db "SELECT DISTINCT count(*) FROM law_points GROUP BY setting")" 10
check "and are as views tell" "$(sqlite3 many.db "SELECT count(*) FROM law_points l JOIN settings s USING (cell_id)
    JOIN runs f ON f.cell_id = s.first_cell_id WHERE s.setting = l.setting AND f.run = l.setting")" 500
# One more seed of the first setting, before all by its name, runs and has a validation loss.
sqlite3 many.db <<'END'
INSERT INTO cell (cell_id, hash, task, seed, config, created_at)
    SELECT 9999, printf('%064d', 0), task, 11, replace(config, 'seed: ' || seed, 'seed: 11'), created_at
      FROM cell WHERE task = 'pretrain' ORDER BY cell_id LIMIT 1;
INSERT INTO cell_key SELECT 9999, key, iif(key = 'seed', '11', value) FROM cell_key WHERE cell_id =
    (SELECT min(cell_id) FROM cell WHERE task = 'pretrain');
INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started, launcher_pid, started_at,
        heartbeat_at, folder)
    SELECT 9999, 1, 'running', host, boot_id, pid, pid_started, launcher_pid, started_at, heartbeat_at, 'runs/9999'
      FROM attempt LIMIT 1;
INSERT INTO series (cell_id, split, metric) VALUES (9999, 'val', 'loss_causal');
END
check "a run that is under way is of the setting" "$(sqlite3 many.db "SELECT count(*) FROM settings
    WHERE setting = (SELECT setting FROM settings WHERE cell_id = 9999)")" 11
check "and renames nothing" "$(named | diff before.txt - | head -n 3)" ""

printf '%d passed, %d failed, %d skipped\n' $((checks - failures)) "$failures" "$skips"
[ "$failures" -eq 0 ]
