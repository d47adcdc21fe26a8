#!/bin/sh
# ablation.sh PATCHLAW - patchlaw ablation and its report, on imported runs and on a sweep of a fake
# engine whose losses and accuracies are then set, so that what each key does is known.
set -u
here=$(cd "$(dirname "$0")" && pwd)
PATCHLAW=$(realpath "${1:?usage: ablation.sh PATCHLAW}")
. "$here/fixture.sh"

ablation() { "$patchlaw" ablation "$@"; }
refused() { # pattern, argument...
    pattern=$1
    shift
    said=$(ablation "$@" 2>&1 < /dev/null)
    check "ablation $* exits" $? 2
    check_has "ablation $*" "$said" "$pattern"
}
value() { # file, key, context, outcome, column
    sqlite3 :memory: ".mode csv" ".import $1 t" ".mode list" "SELECT \"$5\" FROM t
        WHERE key = '$2' AND context IS NULLIF('$3', '') || '' AND outcome = '$4'"
}

# ---- imported runs ----

mkdir runs
cat > runs.csv <<'END'
run,decay,width,params,tokens,seed,loss
a1,0.1,16,1000,5000,1,0.52
a2,0.1,16,1000,5000,2,0.50
a3,0.1,16,1000,5000,3,0.51
b1,0.2,16,1000,5000,1,0.49
b2,0.2,16,1000,5000,2,0.47
b3,0.2,16,1000,5000,3,0.475
c1,0.1,32,4000,5000,1,0.40
d1,0.2,32,4000,5000,1,0.39
END
"$patchlaw" import runs runs.csv > import.txt 2>&1
check "imported runs that differ in their seed share a setting" \
    "$(ask 'SELECT count(*), count(DISTINCT setting) FROM law_points')" "8,4"
ablation --csv > all.csv
check "it exits" $? 0
check "keys are compared, and no costs that follow from them" \
    "$(sqlite3 :memory: '.mode csv' '.import all.csv t' 'SELECT group_concat(DISTINCT key) FROM t')" \
    '"decay,width"'
check "three pairs at width 16" "$(value all.csv decay 'width 16' loss n_a)" 3
check "their difference" "$(printf '%.7f' "$(value all.csv decay 'width 16' loss b_less_a)")" -0.0316667
check "their p" "$(printf '%.6f' "$(value all.csv decay 'width 16' loss p)")" 0.002759
check "one seed at width 32" "$(value all.csv decay 'width 32' loss verdict)" \
    "one seed: nothing can be said"
check "both contexts together, which do not share two seeds" "$(value all.csv decay 'all 2 contexts' loss n_a)" 2
check "the table is the same in any order of import" "$(
    { head -n 1 runs.csv; tail -n +2 runs.csv | sort -r; } > back.csv
    PATCHLAW_LEDGER=back.db "$patchlaw" import runs back.csv > import.txt 2>&1
    PATCHLAW_LEDGER=back.db "$patchlaw" ablation --csv | cmp - all.csv && echo same)" same
check "one worker says the same" "$(taskset -c 0 "$patchlaw" ablation --csv | cmp - all.csv && echo same)" same
ablation width --json > width.json
check "JSON is JSON" "$(sqlite3 :memory: "SELECT json_array_length(readfile('width.json'))")" 3
check_has "Markdown is Markdown" "$(ablation width --markdown)" '^| width | 16 | 32 | all 2 contexts'
refused "the nearest is width; keys of which there are such runs: decay, width" widht
refused "has no sweep named nothing" --sweep nothing
refused "one key at a time" width decay
check "runs whose costs do not follow from their keys are not mixed" "$(
    printf 'run,lr,params,tokens,loss\na,1,10,10,1\nb,2,10,10,2\nc,1,20,10,3\nd,2,20,10,4\n' > n.csv
    PATCHLAW_LEDGER=n.db "$patchlaw" import runs n.csv > import.txt 2>&1
    PATCHLAW_LEDGER=n.db "$patchlaw" sql --csv \
        "SELECT key, count(DISTINCT context), count(*) FROM arms GROUP BY key" | tail -n +2 | tr '\n' ' ')" \
    "external.params,2,4 lr,2,4 "

check "values such as nan are words, and inf is a number" "$(
    { echo run,wd,params,tokens,seed,loss
      for wd in nan 0.1 0.2 0.3 NAN 0.05 inf 7 -nan; do
          for seed in 1 2 3; do echo "r$wd$seed,$wd,10,10,$seed,0.$((${#wd} * seed + 10))"; done
      done; } > nan.csv
    PATCHLAW_LEDGER=nan.db "$patchlaw" import runs nan.csv > import.txt 2>&1
    PATCHLAW_LEDGER=nan.db "$patchlaw" ablation --csv | cut -d, -f2 | uniq | tr '\n' ' '
    PATCHLAW_LEDGER=nan.db "$patchlaw" report ablation --out nan.html > report.txt 2>&1; echo $?)" \
    "a 0.05 0.1 0.2 0.3 7 inf -nan NAN 0"

{ echo run,lr,params,tokens,seed,loss
  for i in $(seq 300); do echo "r$i,$i,10,10,1,0.$((i * i % 89 + 10))"; echo "s$i,$i,10,10,2,0.$((i % 83 + 10))"; done
} > many.csv
PATCHLAW_LEDGER=many.db "$patchlaw" import runs many.csv > import.txt 2>&1
check "of 300 values neighbours are compared, and each with the first" \
    "$(PATCHLAW_LEDGER=many.db "$patchlaw" ablation lr --csv 2> said.txt | tail -n +2 | wc -l)" 597
check_has "and that is said" "$(cat said.txt)" "many.db: 44253 comparisons of two values in one context are not made"
PATCHLAW_LEDGER=many.db "$patchlaw" report ablation --out many.html > report.txt 2>&1
check_has "on the page, too" "$(cat many.md)" "^44253 comparisons of two values in one context are not made"

# ---- a sweep, with probes ----

fresh
cat > sweep.yaml <<'END'
name: decay
base: base.yaml
grid:
  optim.weight_decay: [0.05, 0.1, 0.2]
  model.patch_px: [4, 7]
seeds: [1, 2, 3]
probe: {}
END
"$patchlaw" sweep sweep.yaml > sweep.txt 2>&1 || cat sweep.txt
# Losses: 0.05 and 0.1 are alike, 0.2 is lower by 0.02. Linear probes: 0.1 is better by 5 points.
sqlite3 runs/ledger.db <<'END'
CREATE TEMP TABLE told AS
SELECT cell_id, seed,
       (SELECT value FROM cell_key k WHERE k.cell_id = c.cell_id AND key = 'optim.weight_decay') AS decay
  FROM cell c WHERE task = 'pretrain';
CREATE TEMP TABLE lost AS
SELECT series_id, 0.5 - 0.02 * (decay = '0.2') + 0.01 * seed +
       0.001 * ((seed * 7 + (decay > '0.05') * seed * seed) % 3) AS y
  FROM series JOIN told USING (cell_id) WHERE split = 'val' AND metric = 'loss_causal';
UPDATE point SET value = y FROM lost WHERE lost.series_id = point.series_id;
UPDATE series_summary SET value_last = y FROM lost WHERE lost.series_id = series_summary.series_id;
UPDATE probe_result SET top1 = 0.7 + 0.01 * t.seed + 0.05 * (decay = '0.1') +
       0.002 * (decay > '0.05') * (t.seed % 2) + 0.001 * (decay = '0.2') * t.seed
  FROM cell c JOIN told t ON t.cell_id = c.parent_cell_id
 WHERE c.cell_id = probe_result.cell_id AND chosen = 1 AND kind = 'linear' AND layer = 1;
END
ablation --sweep decay --csv > sweep.csv
check "every two values, in each context and over all, for each outcome" \
    "$(cut -d, -f1 sweep.csv | sort | uniq -c | tr -s ' \n' ' ')" \
    " 1 key 12 model.patch_px 24 optim.weight_decay "
verdict() { # a, b, outcome
    sqlite3 :memory: ".mode csv" ".import sweep.csv t" ".mode list" "SELECT n_a, verdict FROM t
        WHERE key = 'optim.weight_decay' AND a = '$1' AND b = '$2' AND outcome = '$3'
          AND (context = 'all 2 contexts' OR protocol = 'model.patch_px 4')"
}
check "losses of other patches are not averaged" "$(sqlite3 :memory: ".mode csv" ".import sweep.csv t" \
    ".mode list" "SELECT context, protocol, count(*) FROM t WHERE key = 'optim.weight_decay' AND outcome = 'loss'
     GROUP BY 1, 2" | tr '\n' ' ')" "|model.patch_px 4|3 |model.patch_px 7|3 "
check "no difference is none" "$(verdict 0.05 0.1 loss)" "3|not distinguishable"
check_has "a lower loss is better" "$(verdict 0.05 0.2 loss)" "3|lower by 0.0[12][0-9]* (better)"
check_has "more accuracy is better" "$(verdict 0.05 0.1 linear)" "3|higher by 5.[0-9]* points (better)"
check_has "and less is worse" "$(verdict 0.1 0.2 linear)" "3|lower by 4.80 points (worse)"
check_has "values that are all the same have no interval" "$(verdict 0.05 0.1 attentive)" \
    "3|the values do not scatter: no interval"
check "losses of other patches do not compare" \
    "$(grep -c '^model.patch_px,.*,loss,.*losses do not compare' sweep.csv)" 4

# ---- the page ----

"$patchlaw" report ablation --sweep decay --out "$work/page.html" > report.txt 2>&1
check "a report is made" $? 0
"$patchlaw" report ablation --sweep decay --out "$work/again/page.html" > /dev/null 2>&1 ||
    { mkdir again && "$patchlaw" report ablation --sweep decay --out "$work/again/page.html" > /dev/null; }
check "made again it is the same" \
    "$(cmp page.html again/page.html && diff -r page-figures again/page-figures && echo same)" same
check_has "findings say what differs" "$(cat page.md)" \
    '^- optim.weight\\*_decay 0.05 → 0.2, model.patch\\*_px 4: final causal loss is lower by'
check_has "and what does not" "$(cat page.md)" \
    '^- optim.weight\\*_decay 0.05 → 0.1, model.patch\\*_px 4: final causal loss, not distinguishable'
check "the table has every contrast" "$(grep -c '^| [0-9]* | [mo]' page.md)" 36
check "differences can be had as CSV" "$(wc -l < page-figures/effects-loss.csv)" 8
check "pairs, too" "$(grep -c . page-figures/pairs-loss-1.csv)" 7
check "of a mean over contexts, those of each" "$(grep -c . page-figures/pairs-linear-1.csv)" 13
if command -v chromium > /dev/null; then
    chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
        --user-data-dir="$work/profile" --virtual-time-budget=3000 --dump-dom \
        "file://$work/page.html" > dom.html 2> chromium.log
    check "Chromium opens it" $? 0
    check_has "its script reaches its end" "$(cat dom.html)" 'data-ready="yes"'
    check "no script fails" "$(grep -c 'data-error="[^"]' dom.html)" 0
    check "no place is odd" \
        "$(grep -cE '(d|x|y|cx|cy|transform)="[^"]*(nan|inf|NaN|Infinity)' dom.html)" 0
    check "figures stand in it" "$(grep -c '<svg xmlns[^>]*class="plot"' dom.html)" \
        "$(find page-figures -name '*.svg' | wc -l)"
fi

fresh
PATCHLAW_LEDGER=$work/one.db "$patchlaw" import runs /dev/stdin > import.txt 2>&1 <<'END'
run,width,loss
a,1,2
END
check "without a contrast the table is empty" \
    "$(PATCHLAW_LEDGER=$work/one.db ablation --json 2> said.txt)" "[]"
check_has "and says so" "$(cat said.txt)" "no two finished runs differ in one key alone"
PATCHLAW_LEDGER=$work/one.db "$patchlaw" report ablation --out one.html > report.txt 2>&1
check_has "as does the page" "$(cat one.md)" "there is no contrast to show"
finish
