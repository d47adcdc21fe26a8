#!/bin/sh
# report_scaling.sh PATCHLAW - the report on scaling laws: of runs that a known surface made, with a
# wobble, imported as other programs' are; of published runs where they are there; of an invented
# ledger of six runs; and of too few. The law comes back, every figure is there, no script fails, and
# the bytes are the same when the page is made again with one worker.
set -u
program=${1:?usage: report_scaling.sh PATCHLAW}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
if ! command -v sqlite3 > /dev/null 2>&1; then
    echo "skipped: report_scaling: no sqlite3 on this machine"
    exit 0
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf -- "$folder"' EXIT
failed=0
opened=

fail() {
    echo "FAILED: $1"
    failed=1
}
has() { # FILE TEXT WHAT
    grep -qF -- "$2" "$1" || fail "$3"
}

make_page() { # NAME: of NAME.db
    "$program" report scaling --ledger "$folder/$1.db" --out "$folder/$1.html" \
        > "$folder/$1.out" 2> "$folder/$1.err" || fail "$1: $(cat "$folder/$1.err")"
    opened="$opened $1"
}
figures() { # NAME FIGURE...
    page=$1
    shift
    for figure; do
        [ -s "$folder/$page-figures/$figure.csv" ] || fail "$page: no figure $figure in its folder"
        has "$folder/$page.md" "]($page-figures/$figure.svg)" "$page: the Markdown lacks $figure"
        has "$folder/$page.html" "data-name=\"$figure\"" "$page: the page lacks $figure"
    done
}

# L = 1.69 + 406.4 N^-.34 + 410.7 D^-.28 at 5 budgets, 11 sizes each, and a metric that follows it.
awk 'BEGIN {
    print "name,params,tokens,flops,loss,top1,dataset"
    for (c = 0; c < 5; c++) for (i = 0; i < 11; i++) {
        compute = 10 ^ (17 + c)
        n = sqrt(compute / 6 / 20) * 10 ^ ((i - 5) / 6)
        d = compute / 6 / n
        l = (1.69 + 406.4 * n ^ -.34 + 410.7 * d ^ -.28) * exp(0.002 * sin(7 * i + 11 * c))
        printf "r%d-%02d,%.0f,%.0f,%.10g,%.8f,%.6f,words\n", c, i, n, d, compute, l,
            0.1 + 3 * exp(-0.8 * l) + 0.002 * sin(3 * i + c)
    }
}' > "$folder/known.csv"
"$program" import runs "$folder/known.csv" --map top1=val/top1 --ledger "$folder/known.db" \
    > /dev/null 2>&1 || fail "known: the runs are not imported"
make_page known
figures known law-loss law-profile-E law-profile-alpha law-profile-beta law-pair-E-A \
    law-pair-A-alpha law-pair-B-beta law-pair-alpha-beta law-best-size law-best-data law-isoflop \
    law-contours law-reducible law-residuals-size law-residuals-data law-residuals-compute \
    law-residuals-ratio law-quantiles law-held-out law-metric-1
awk -F'|' '
    { gsub(/ /, "") }
    $2 == "chinchilla" && $3 == "E" { e = $4 }
    $2 == "" && $3 == "alpha" { alpha = $4 }
    $2 == "" && $3 == "beta" { beta = $4 }
    $2 == "3" && $3 == "surface" { a = $4 }
    END { exit !(e > 1.6 && e < 1.78 && alpha > .3 && alpha < .38 && beta > .25 && beta < .31 &&
                 a > .43 && a < .475) }' "$folder/known.md" ||
    fail "known: the page does not find the law that made the runs"
"$program" report scaling --ledger "$folder/known.db" --out "$folder/rates.html" --query \
    "SELECT run, N, D, C, L, 1e-3 / (1 + width_of % 3) AS lr_peak, 1.7e15 + 1e9 * width_of AS started_at
       FROM (SELECT *, row_number() OVER (ORDER BY name) AS width_of FROM law_points)" > /dev/null ||
    fail "rates: the page is not made"
figures rates law-residuals-rate law-residuals-date
has "$folder/known.md" "Not drawn against the highest learning rate" "known: rates are not said to be missing"
for word in 'Spearman' 'all runs of one N' 'top 50 % by C' 'sigmoid' 'least loss so far'; do
    has "$folder/known.html" "$word" "known: the page does not say '$word'"
done

# One worker, the same ledger: the same bytes.
mkdir "$folder/again"
alone=
command -v taskset > /dev/null 2>&1 && alone="taskset -c 0"
$alone "$program" report scaling --ledger "$folder/known.db" --out "$folder/again/known.html" \
    > /dev/null || fail "known: the page is not made again"
for made in known.html known.md known-figures; do
    diff -r "$folder/$made" "$folder/again/$made" > "$folder/diff" ||
        fail "known: $made differs when it is made again: $(head -n 5 "$folder/diff" | cut -c -200)"
done

# A query of one's own, one size of it alone, and wrong ones.
"$program" report scaling --ledger "$folder/known.db" --out "$folder/query.html" --query \
    "SELECT name AS run, N, D, L, C FROM law_points WHERE N = (SELECT min(N) FROM law_points)
     UNION ALL SELECT 'more', N, D * 2, L - 0.1, C * 2 FROM law_points
     WHERE N = (SELECT min(N) FROM law_points)" > /dev/null || fail "query: the page is not made"
has "$folder/query.html" 'No surface is fitted' "query: a page of one size does not say so"
"$program" report scaling --ledger "$folder/known.db" --out "$folder/x.html" --query 'SELECT 1 AS N' \
    2> "$folder/err" && fail "a query without D is taken"
has "$folder/err" 'needs a column D' "a query without D: $(cat "$folder/err")"
"$program" report demo --ledger "$folder/known.db" --out "$folder/x.html" --query 'SELECT 1' \
    2> "$folder/err" && fail "report demo takes a query"
has "$folder/err" 'takes no query' "report demo: $(cat "$folder/err")"

for variant in whole one empty; do
    VARIANT=$variant "$here/make_ledger.sh" "$folder/$variant.db" || fail "no ledger $variant"
    make_page "$variant"
done
figures whole law-loss law-profile-E law-contours law-residuals-ratio law-metric-1 law-best-layer
has "$folder/whole.html" 'too few rows are left to fit' "whole: runs left out of six"
has "$folder/one.html" 'No surface is fitted' "one: a surface of one run"
has "$folder/empty.html" 'holds no runs yet' "empty: the page does not say so"

# Each run of a metric has the setting that draws of links take whole.
alike=$(sqlite3 "$folder/whole.db" "SELECT count(*) > 0 AND min(m.alike = p.setting) FROM (
    $(sed 's/:sweep/NULL/g' "$here/../../sql/reports/law_metrics.sql")) AS m JOIN
    (SELECT run, setting FROM law_points) AS p USING (run)" 2>&1)
[ "$alike" = 1 ] || fail "whole: runs of a metric have no settings: $alike"

published=${PATCHLAW_SHARED:-$here/../../../shared}/data/scaling/gadre.csv
if [ -r "$published" ]; then
    "$program" import runs "$published" --map N=params --map D=tokens --map C=flops \
        --map err17=val/err17 --ledger "$folder/gadre.db" > /dev/null 2>&1 || fail "gadre: import"
    make_page gadre
    figures gadre law-loss law-contours law-held-out law-metric-1 law-metric-3
    has "$folder/gadre.html" 'No budget has 3 sizes' "gadre: budgets out of nothing"
    has "$folder/gadre.html" 'Check failed, one protocol' "gadre: three data sets pass as one"
else
    echo "skipped: report_scaling: $published is not there"
fi

if command -v chromium > /dev/null 2>&1 && command -v python3 > /dev/null 2>&1; then
    # shellcheck disable=SC2086 # names without blanks
    python3 "$here/page.py" "$folder" $opened > "$folder/looked" 2>&1 || fail "$(cat "$folder/looked")"
fi
[ "$failed" = 0 ] && echo "report_scaling: pages made:$opened"
exit "$failed"
