#!/bin/sh
# fit.sh PATCHLAW - patchlaw fit on runs of which the law is known, and on requests that are wrong.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: fit.sh PATCHLAW}")
command -v sqlite3 > /dev/null || { echo "skipped: sqlite3 is not installed"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_LEDGER=$work/ledger.db NO_COLOR=1
. "$here/checks.sh"

fit() { "$patchlaw" fit "$@"; }
ask() { sqlite3 ledger.db "$1"; }
refused() { # status, pattern, argument...
    wanted=$1 pattern=$2
    shift 2
    said=$(fit "$@" 2>&1 < /dev/null)
    check "fit $* exits" $? "$wanted"
    check_has "fit $*" "$said" "$pattern"
}
near() { # what, got, want, share
    check "$1 ($2, want $3)" "$(awk -v a="$2" -v b="$3" -v s="$4" \
        'BEGIN { d = a - b; if (d < 0) d = -d; print d <= s * (b < 0 ? -b : b) ? "near" : "far" }')" near
}

# Runs of a surface with E 1.69, A 406.4, alpha .34, B 410.7, beta .28; noise: a share of the loss.
runs() { # noise
    awk -v noise="$1" 'BEGIN {
        srand(1); print "run,N,D,C,seed,loss"
        for (i = 0; i < 6; i++) for (j = 0; j < 6; j++) {
            n = 1e6 * 4 ^ i; d = 2e7 * 4 ^ j
            l = 1.69 + 406.4 / n ^ .34 + 410.7 / d ^ .28
            printf "r%d%d,%.17g,%.17g,%.17g,%d,%.17g\n", i, j, n, d, 6 * n * d, j % 2,
                   l * (1 + noise * (rand() - .5))
        } }'
}
value() { # name, column
    fit chinchilla --csv --dry-run | awk -F, -v name="$1" -v column="$2" '$1 == name { print $column }'
}

runs 0 > exact.csv
"$patchlaw" import runs exact.csv --map N=params --map D=tokens --map C=flops > import.txt 2>&1
check "36 runs are imported" "$(ask 'SELECT count(*) FROM law_points')" 36
near "E comes out" "$(value E 2)" 1.69 1e-5
near "alpha comes out" "$(value alpha 2)" 0.34 1e-5
near "beta comes out" "$(value beta 2)" 0.28 1e-5
check "a dry run keeps nothing" "$(ask 'SELECT count(*) FROM fit')" 0

# ---- what is kept ----

rm ledger.db
runs 0.01 > noisy.csv
"$patchlaw" import runs noisy.csv --map N=params --map D=tokens --map C=flops > import.txt 2>&1
fit chinchilla --draws 200 --json --rows --at N=1e9,D=2e10 > one.json
check "it exits" $? 0
check "JSON is JSON" "$(sqlite3 :memory: "SELECT json_valid(readfile('one.json'))")" 1
json() { sqlite3 :memory: "SELECT readfile('one.json') ->> '$1'"; }
check "one fit is kept" "$(ask 'SELECT count(*) FROM fits')" 1
check "its parameters are those that were printed" \
    "$(ask "SELECT printf('%.10g', value) FROM fit_parameters WHERE name = 'alpha'")" \
    "$(sqlite3 :memory: "SELECT printf('%.10g', readfile('one.json') ->> '\$.parameters[3].value')")"
check "intervals hold the truth" \
    "$(ask "SELECT group_concat(name) FROM fit_parameters
             WHERE (name = 'E' AND 1.69 BETWEEN low AND high) OR
                   (name = 'alpha' AND .34 BETWEEN low AND high) OR
                   (name = 'beta' AND .28 BETWEEN low AND high)")" E,alpha,beta
check "all rows are kept with what the law says" \
    "$(ask 'SELECT count(*), sum(abs(ln(observed / predicted) - residual) < 1e-12) FROM fit_row')" \
    "36|36"
check "a new run scatters more than the mean" \
    "$(sqlite3 :memory: "SELECT p ->> 'run_low' < p ->> 'mean_low' AND p ->> 'mean_high' < p ->> 'run_high'
       FROM (SELECT readfile('one.json') -> '\$.predictions[0]' AS p)")" 1
fit chinchilla --draws 200 > again.txt
check "the same fit again is the same row" "$(ask 'SELECT count(*) FROM fit')" 1
taskset -c 0 "$patchlaw" fit chinchilla --draws 200 > alone.txt
check "one worker says the same" "$(cmp again.txt alone.txt && echo same)" same
fit chinchilla --draws 201 > /dev/null
check "another fit is another row" "$(ask 'SELECT count(*) FROM fit')" 2
query='SELECT name AS run, N_head AS n, D, C, L FROM law_points ORDER BY'
fit chinchilla "$query L" --let N=n --dry-run | grep -v '^fit' > up.txt
fit chinchilla "$query L DESC" --let N=n --dry-run | grep -v '^fit' > down.txt
check "rows may come in any order" "$(cmp up.txt down.txt && echo same)" same
fit chinchilla --by setting --draws 50 > /dev/null
check "settings are told" "$(ask "SELECT count(*) FROM fits WHERE options ->> 'by' = 'setting'")" 1
fit chinchilla --fix E=1.69 --draws 50 > /dev/null
check "a parameter can be given" \
    "$(ask "SELECT value, fixed FROM fit_parameters WHERE name = 'E' AND fixed = 1")" "1.69|1"
PATCHLAW_LEDGER=other.db "$patchlaw" merge ledger.db > merge.txt 2>&1
check "merge takes fits" "$(sqlite3 other.db 'SELECT count(*), (SELECT count(*) FROM fit_row) FROM fit')" \
    "$(ask 'SELECT count(*), (SELECT count(*) FROM fit_row) FROM fit')"

# ---- what speaks against it ----

check "checks are kept with their numbers" \
    "$(ask "SELECT count(*) > 10, min(length(detail)) > 10 FROM fit_checks
             WHERE fit = (SELECT min(fit) FROM fit_checks)")" "1|1"
verdict() { # check, argument...
    name=$1
    shift
    fit "$@" --dry-run | awk -v name="$name" 'index($0, name "  ") == 1' | grep -oE 'failed|passed|not applicable' | head -n 1
}
check "a sound design is one" "$(verdict 'columns apart' chinchilla)" passed
check "one size alone says nothing of N" \
    "$(verdict 'levels of each column' chinchilla 'SELECT * FROM law_points WHERE N = 1e6')" failed
check "data that follow N alone say nothing of either" \
    "$(verdict 'columns apart' chinchilla 'SELECT * FROM law_points WHERE D BETWEEN 19 * N AND 21 * N')" failed
check "half a decade is too short" \
    "$(verdict 'range of compute' offset 'SELECT C AS x, L AS y, C FROM law_points
        WHERE C BETWEEN 1e16 AND 5e16')" failed
check "a target far beyond is told" "$(verdict extrapolation chinchilla --target 1e22)" failed
check "a target within is fine" "$(verdict extrapolation chinchilla --target 1e18)" passed
check "mixed protocols are told" \
    "$(verdict 'one protocol' chinchilla "SELECT *, iif(D > 1e8, 'a', 'b') AS protocol FROM
        (SELECT N, D, C, L FROM law_points)")" failed
fit chinchilla --strict --dry-run > /dev/null
check "single seeds fail a strict fit" $? 1

fit chinchilla --holdout --draws 50 --dry-run --json > held.json
check "left-out runs are told within a percent" "$(sqlite3 :memory: "SELECT h ->> 'n', h ->> 'error_percent' < 1
    FROM (SELECT readfile('held.json') -> '\$.holdout[0]' AS h)")" "36|1"
check "sizes and the dearest runs are left out, too" "$(sqlite3 :memory: "SELECT group_concat(value ->> 'left out')
    FROM json_each(readfile('held.json'), '\$.holdout')")" \
    "each run,each N,top 10 % by C,top 20 % by C,top 30 % by C,top 50 % by C"
fit chinchilla "SELECT N, D, C, L, printf('%d', D) AS cluster FROM law_points" \
    --holdout --draws 50 --dry-run --json > clusters.json
check "clusters are left out whole" "$(sqlite3 :memory: "SELECT h ->> 'left out', h ->> 'n'
    FROM (SELECT readfile('clusters.json') -> '\$.holdout[0]' AS h)")" "each cluster|36"
check "profiles hold the truth" "$(sqlite3 :memory: "SELECT count(*)
    FROM json_each(readfile('held.json'), '\$.profiles') WHERE value ->> 'low' < iif(value ->> 'name' = 'E', 1.69,
        iif(value ->> 'name' = 'alpha', .34, .28)) AND value ->> 'high' > iif(value ->> 'name' = 'E', 1.69,
        iif(value ->> 'name' = 'alpha', .34, .28))")" 3

fit chinchilla --at N=1e12,D=1e8 --dry-run > far.txt
check_has "a place far beyond the rows is told" "$(cat far.txt)" "1e+12 .*[0-9.]* decades beyond the rows in N"
fit chinchilla --draws 50 --target 1e22 > /dev/null
check "another target is another fit, with its own checks" \
    "$(ask "SELECT count(*) FROM fits f JOIN fit_checks c USING (fit)
             WHERE f.options ->> 'target' = 1e22 AND c.name = 'extrapolation' AND c.verdict = 'failed'")" 1
refused 2 "where the query has a column setting" chinchilla 'SELECT N, D, C, L FROM law_points' --by setting
awk -F, 'BEGIN { OFS = "," } { $7 = NR == 1 ? "dataset" : NR % 2 ? "c4" : "rpj"; $1 = $1 "x"; print }' noisy.csv |
    sed 's/^runx/run/' > two.csv
"$patchlaw" import runs two.csv --map N=params --map D=tokens --map C=flops --ledger two.db > import.txt 2>&1
"$patchlaw" import runs two.csv --map N=params --map D=tokens --map C=flops --ledger two.db > again.txt 2>&1
check "the same file again is no other" "$(grep -c 'more runs of a file' again.txt)" 0
"$patchlaw" import runs two.csv --map N=params --map D=tokens --ledger copy.db > import.txt 2>&1
"$patchlaw" import runs two.csv --map N=params --map D=tokens --map C=flops --ledger copy.db > twice.txt 2>&1
check_has "another mapping of a file is told to double its runs" "$(cat twice.txt)" "36 more runs of a file"
check "imported runs of two data sets are no one protocol" \
    "$(PATCHLAW_LEDGER=two.db verdict 'one protocol' chinchilla)" failed

check "one row without compute does not pass for all" "$(verdict 'range of compute' chinchilla \
    "SELECT N, D, L, iif(run = (SELECT min(run) FROM law_points), NULL, C) AS C FROM law_points")" failed

# ---- numbers that are none ----

few="SELECT run, N, D, L, C FROM (SELECT * FROM law_points ORDER BY C * N LIMIT 6)
    UNION ALL SELECT 'none', NULL, 1e9, 2, 1e18 UNION ALL SELECT 'least', 1e8, 1e9, -9e999, 1e18"
check_has "6 rows have no AICc of 5 parameters" "$(fit chinchilla "$few" --draws 20 --dry-run)" \
    "^AICc  *not defined for so few rows"
fit chinchilla "$few" --draws 20 --dry-run --rows --at N=1e8,D=1e9 --holdout --json > few.json
check "none is NaN or infinite" "$(grep -ciE '"-?(nan|inf)"' few.json)" 0
"$patchlaw" report scaling --query "$few" --out few.html > report.txt 2>&1; check "their report exits" $? 0
check "no cell or sentence of it has one" "$(grep -ciE '(^|[ >(|])-?(nan|inf)([ <,.|%]|$)' few.md)" 0
check_has "an excluded row has a dash" "$(cat few.md)" "^| none | – | 1e+09 | 2 |"
check_has "the draws of other forms are told" "$(cat few.md)" "forms besides the surface: 200"

# ---- what is left out ----

fit power "SELECT * FROM (VALUES ('a', 1, 2), ('b', 2, 3), ('c', 3, 'x'), ('d', 4, 5), ('e', -1, 2),
    ('f', 5, 6))" --let x=column2 --let y=column3 --dry-run > odd.txt
check_has "rows without a number are named" "$(cat odd.txt)" "row 3.*missing or not finite"
check_has "rows that are not positive are named" "$(cat odd.txt)" "row 5.*not positive"
refused 1 "fewer rows than parameters" chinchilla "SELECT * FROM law_points LIMIT 3"
refused 2 "is no law; the nearest is chinchilla" chinchila
refused 2 "needs a column N" chinchilla "SELECT D, L FROM law_points"
refused 2 "no such column" chinchilla "SELECT tokens FROM law_points"
refused 2 "would write" chinchilla "DELETE FROM fit"
refused 2 "has no parameter 'gamma'" chinchilla --fix gamma=1
refused 2 "has to be above 0" chinchilla --fix E=-1
refused 2 "is not N=VALUE,D=VALUE" chinchilla --at N=1
refused 2 "has no such variable" chinchilla --let Q=N
refused 2 "is none of huber" chinchilla --loss cauchy
refused 2 "its residuals are plain" sigmoid --residual log
refused 2 "which law" # none
refused 2 "there is no ledger here" chinchilla --ledger /nowhere/ledger.db
check_has "laws are listed" "$(fit --list)" "^chinchilla .*N^-alpha"
finish
