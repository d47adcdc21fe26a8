#!/bin/sh
# report_page.sh PATCHLAW - makes pages from ledgers of invented runs and opens them in Chromium:
# no script error, every figure there, no number that is not finite where the data is finite, no
# address to fetch from. Without Chromium or sqlite3 it says so and passes.
set -u
program=${1:?usage: report_page.sh PATCHLAW}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
for tool in chromium sqlite3; do
    if ! command -v "$tool" > /dev/null 2>&1; then
        echo "skipped: report_page: no $tool on this machine"
        exit 0
    fi
done
folder=$(mktemp -d) || exit 1
trap 'rm -rf -- "$folder"' EXIT
failed=0
case $program in /*) ;; *) program=$PWD/$program ;; esac

fail() {
    echo "FAILED: $1"
    failed=1
}
has() { # FILE TEXT WHAT
    grep -qF -- "$2" "$1" || fail "$3"
}
lacks() { # FILE PATTERN WHAT
    if grep -qE -- "$2" "$1"; then fail "$3: $(grep -oE -- "$2" "$1" | head -n 3 | tr '\n' ' ')"; fi
}

# The page as Chromium sees it once its scripts have run.
open_page() { # HTML DOM
    chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
        --user-data-dir="$folder/profile" --virtual-time-budget=3000 --dump-dom \
        "file://$1" > "$2" 2> "$folder/chromium.log" || fail "chromium could not open $1"
}

make_page() { # VARIANT
    VARIANT=$1 "$here/make_ledger.sh" "$folder/$1.db" || fail "the $1 ledger was not made"
    "$program" report demo --ledger "$folder/$1.db" --out "$folder/$1.html" \
        > "$folder/$1.out" 2> "$folder/$1.err" ||
        fail "report of the $1 ledger: $(cat "$folder/$1.err")"
    has "$folder/$1.out" "$folder/$1.html" "$1: the path of the page is not printed"
    has "$folder/$1.out" "$folder/$1.md" "$1: the path of the Markdown is not printed"
    open_page "$folder/$1.html" "$folder/$1.dom"
    has "$folder/$1.dom" 'data-ready="yes"' "$1: the page's script did not reach its end"
    lacks "$folder/$1.dom" 'data-error="[^"]*"' "$1: a script failed"
    lacks "$folder/$1.html" '(src|href)="?https?:' "$1: the page names an address"
    lacks "$folder/$1.html" "$folder" "$1: the page names a folder of this machine"
}

# Made again, of the same ledger, every byte is the same.
make_again() { # VARIANT REPORT
    mkdir -p "$folder/again"
    "$program" report "$2" --ledger "$folder/$1.db" --out "$folder/again/$1.html" > /dev/null ||
        fail "report $2 of the $1 ledger, made again"
    for made in "$1.html" "$1.md" "$1-figures"; do
        diff -r "$folder/$made" "$folder/again/$made" > "$folder/diff" ||
            fail "$1: $made differs when it is made again: $(head -n 5 "$folder/diff" | cut -c -200)"
    done
}

make_page whole
make_again whole demo
dom=$folder/whole.dom
figures=$(grep -c '<svg xmlns[^>]*class="plot"' "$dom")
[ "$figures" -ge 5 ] || fail "whole: $figures figures, want at least 5"
has "$dom" '<canvas' "whole: the zoomable curves are not drawn"
lacks "$dom" '(d|x|y|cx|cy|transform)="[^"]*(nan|inf|NaN|Infinity)' "whole: an odd coordinate"
sed -e 's/<pre>/\n<pre>/g' "$dom" |
    sed -e '/<pre>/,/<\/pre>/d' -e '/<script/,/<\/script>/d' > "$folder/words"
grep -iE '(^|[ >(])-?(nan|inf)([ <,.)]|$)' "$folder/words" |
    grep -vE 'not finite|diverged' > "$folder/odd" &&
    fail "whole: nan or inf among the words: $(head -n 3 "$folder/odd")"
has "$dom" '130 of 160 points are not finite' \
    "whole: the values that are not finite are not counted"
lacks "$dom" '<script>alert' "whole: a logged text became mark-up"
for figure in loss-curves loss-by-compute accuracy-by-layer-attentive accuracy-by-layer-linear \
    accuracy-by-loss-attentive accuracy-by-loss-linear; do
    [ -s "$folder/whole-figures/$figure.svg" ] || fail "whole: no figure $figure in its folder"
    has "$folder/whole.md" "](whole-figures/$figure.svg)" "whole: the Markdown lacks $figure"
done

has "$dom" '20: 17 done, 1 open, 1 failed, 0 pruned, 1 blocked by their trunk' \
    "whole: the cells are miscounted"
has "$dom" 'width 128, rate 0.001, 1600 steps, epochs 8' "whole: the second way of probing is not told apart"
has "$dom" '>Whole range</button>' "whole: no way back from a zoom without a mouse"
has "$dom" 'role="application" aria-roledescription="plot" aria-label="Loss against training FLOPs' "whole: the curves are not described"

# An empty PATCHLAW_LEDGER is none; a name of any kind works in a link.
mkdir "$folder/runs" && cp "$folder/whole.db" "$folder/runs/ledger.db"
(cd "$folder" && PATCHLAW_LEDGER='' "$program" report demo --out 're port<x>' > odd.out 2>&1) ||
    fail "odd: $(cat "$folder/odd.out")"
has "$folder/re port<x>.md" '](re%20port%3Cx%3E-figures/loss-curves.svg)' "odd: a link is broken"
[ -s "$folder/re port<x>-figures/loss-curves.svg" ] || fail "odd: no figure behind the link"

# The other reports, and one that a person writes.
cat > "$folder/notes.md" << 'END'
# What a *ledger* says

Words, and `code`:

- an item

## Losses

```sql by-width plot=both x=C y=L log=xy colour=width tip=run caption="One point a run."
SELECT run, width, C, L FROM scaling_points ORDER BY width, C
```

```sql
SELECT width, count(*) AS n, avg(L) AS loss FROM scaling_points GROUP BY width
```

```report accuracy_by_layer
```
END
pages=whole
for report in $("$program" report --list | sed -n 's/^\([a-z]*\) .*/\1/p'); do
    [ "$report" != demo ] || continue
    file=
    [ "$report" != study ] || file=$folder/notes.md
    for out in "$folder" "$folder/again"; do
        # shellcheck disable=SC2086 # no file is no word
        "$program" report "$report" $file --ledger "$folder/whole.db" --out "$out/$report.html" \
            > "$folder/out" 2>&1 || fail "$report: $(cat "$folder/out")"
    done
    for made in "$report.html" "$report.md" "$report-figures"; do
        diff -r "$folder/$made" "$folder/again/$made" > "$folder/diff" ||
            fail "$report: $made differs when it is made again"
    done
    lacks "$folder/$report.html" "$folder" "$report: the page names a folder of this machine"
    lacks "$folder/$report.html" '(src|href)="?https?:' "$report: the page names an address"
    pages="$pages $report"
done
printf '%s\n' '# x' '' '```sql plot=points x=Q y=L' 'SELECT L FROM scaling_points' '```' > "$folder/bad.md"
"$program" report study "$folder/bad.md" --ledger "$folder/whole.db" > "$folder/out" 2>&1
[ $? = 2 ] || fail "a wrong column is no wrong request"
has "$folder/out" "$folder/bad.md:3: x=Q: the query has no such column; it has: L" \
    "a wrong column: $(cat "$folder/out")"
cp "$folder/notes.md" "$folder/kept.md"
(cd "$folder" && "$program" report study notes.md --ledger whole.db --out notes.html) > "$folder/out" 2>&1 &&
    fail "a study is overwritten"
cmp -s "$folder/notes.md" "$folder/kept.md" || fail "a study was overwritten"

# What a reader sees and does: light, dark, narrow, on paper, with keys and pointer.
if command -v python3 > /dev/null; then
    # shellcheck disable=SC2086 # names without blanks
    python3 "$here/page.py" "$folder" $pages > "$folder/looked" 2>&1 || fail "$(cat "$folder/looked")"
    for want in 'whole: 8 figures' 'layers: 7 figures' 'downstream: 8 figures' 'study: 3 figures'; do
        has "$folder/looked" "$want looked at, 0 wrong" "$want: $(cat "$folder/looked")"
    done
else
    echo "skipped: report_page: no python3, which looks at pages as a reader does"
fi

make_page one
has "$folder/one.dom" 'No power law is fitted: fewer than 3 points' "one: a law of one run"
# Of 500 runs and their probes: under 2 MB, and what is thinned out is told.
make_page many
bytes=$(wc -c < "$folder/many.html")
[ "$bytes" -lt 2000000 ] || fail "many: the page has $bytes bytes"
has "$folder/many.dom" 'Of 63000 points ' "many: thinned curves are not told of"
has "$folder/many.dom" 'too many for a marker each' "many: missing markers are not told of"
has "$folder/many.dom" 'and 11 more, which the data below name' "many: a long legend has no end"
[ "$(wc -l < "$folder/many-figures/accuracy-by-layer-linear.csv")" = 2001 ] ||
    fail "many: the CSV file has not every row"

make_page empty
has "$folder/empty.dom" 'holds no runs yet' "empty: the page does not say so"
has "$folder/empty.err" 'holds no runs yet' "empty: the command does not say so"

[ "$failed" = 0 ] && echo "report_page: every report opened, all as they should be"
exit "$failed"
