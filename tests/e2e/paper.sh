#!/bin/sh
# paper.sh PATCHLAW - what papers found beside what a sweep of a fake engine finds, whose losses and
# accuracies are then set, so that each verdict is known; and the sweeps of configs/paper.
set -u
here=$(cd "$(dirname "$0")" && pwd)
PATCHLAW=$(realpath "${1:?usage: paper.sh PATCHLAW}")
. "$here/fixture.sh"

# ---- verdicts ----

cat > told.yaml <<'END'
name: told
base: base.yaml
grid:
  optim.weight_decay: [0.05, 0.1, 0.2]
zip:
  - optim.steps: [20, 20, 20, 30]
    seed: [1, 2, 3, 1]
probe:
  set: {data.name: other}
  grid: {probe.epochs: [1, 2]}
paper:
  source: a paper, table 1
  claims:
    - {from: {optim.weight_decay: 0.05}, to: {optim.weight_decay: 0.20}, loss: [0.5, 0.4]}
    - {from: {optim.weight_decay: 0.05}, to: {optim.weight_decay: 0.2}, loss: [0.4, 0.5], remembered: true}
    - {from: {optim.weight_decay: 0.05}, to: {optim.weight_decay: 0.1}, loss: [0.4, 0.5]}
    - {from: {optim: {steps: 20}}, to: {optim.steps: 3e1}, loss: [0.4, 0.5]}
    - {from: {model.width: 32}, to: {model.width: 64}, loss: [0.4, 0.5]}
    - from: {probe.epochs: 1, optim.weight_decay: 0.1}
      to: {probe.epochs: 2, optim.weight_decay: 0.1}
      linear: [50, 60]
      attentive: [50, 60]
    - {from: {data.name: fake}, to: {data.name: other}, linear: [50, 60]}
END
"$patchlaw" sweep told.yaml > sweep.txt 2>&1
check "the sweep exits" $? 0
# Losses: 0.05 and 0.1 are alike, 0.2 is lower by 0.02. Linear: two epochs are better by 5 points.
sqlite3 runs/ledger.db <<'END'
CREATE TEMP TABLE told AS
SELECT c.cell_id, c.parent_cell_id, c.seed,
       (SELECT value FROM cell_key k WHERE k.cell_id = c.cell_id AND key = 'optim.weight_decay') AS decay,
       (SELECT value FROM cell_key k WHERE k.cell_id = c.cell_id AND key = 'probe.epochs') AS epochs
  FROM cell c;
CREATE TEMP TABLE lost AS
SELECT series_id, 0.5 - 0.02 * (decay = '0.2') + 0.01 * seed +
       0.001 * ((seed * 7 + (decay > '0.05') * seed * seed) % 3) AS y
  FROM series JOIN told USING (cell_id) WHERE split = 'val' AND metric = 'loss_causal';
UPDATE point SET value = y FROM lost WHERE lost.series_id = point.series_id;
UPDATE series_summary SET value_last = y FROM lost WHERE lost.series_id = series_summary.series_id;
UPDATE probe_result SET top1 = 0.7 + 0.01 * t.seed + 0.05 * (epochs = '2') + 0.002 * (epochs = '2') * (t.seed % 2)
  FROM told t WHERE t.cell_id = probe_result.cell_id AND chosen = 1 AND kind = 'linear' AND layer = 1;
END
"$patchlaw" ablation --paper --json > told.json
check "it exits" $? 0
of() { # COLUMNS: of every claim, in the file's order
    sqlite3 :memory: "SELECT $1 FROM (SELECT value AS v FROM json_each(readfile('told.json')))" |
        tr '\n' ' '
}
field() { echo "json_extract(v, '\$.$1')"; }
check "verdicts" "$(of "$(field outcome) || ': ' || $(field verdict) || ','")" \
    "loss: same sign, loss: opposite sign, loss: not distinguishable, loss: one seed, loss: not run,\
 attentive: no scatter, linear: same sign, linear: not run, "
check "seeds that both sides have" "$(of "$(field n)")" "3 3 3 1 0 3 3 0 "
check "the paper's differences" "$(of "round($(field paper_delta), 6)")" "-0.1 0.1 0.1 0.1 0.1 10.0 10.0 10.0 "
check "ours" "$(of "round($(field delta), 3)" | cut -d ' ' -f 7)" 5.133
check "what was not read is marked" "$(of "$(field remembered)")" "0 1 0 0 0 0 0 0 "
check "values are spelled as those of cells are" "$(of "$(field b)" | cut -d ' ' -f 2)" '"0.2"}'
check "a sweep's name chooses" \
    "$("$patchlaw" ablation --paper --sweep told --json | cmp - told.json && echo same)" same
check "the table has a line a claim" "$("$patchlaw" ablation --paper --csv | wc -l)" 9

# ---- the page, another ledger, a changed file ----

"$patchlaw" report ablation --sweep told --out page.html > report.txt 2>&1
check "a report is made" $? 0
check_has "with what papers found" "$(cat page.md)" "Beside the papers"
check_has "and how it stands" "$(cat page.md)" \
    "Of 8 claims of papers: 2 same sign, 1 opposite sign, 1 not distinguishable, 1 no scatter, 1 one seed, 2 not run"
PATCHLAW_LEDGER=other.db "$patchlaw" merge runs/ledger.db > merge.txt 2>&1
check "claims go with a ledger" \
    "$(PATCHLAW_LEDGER=other.db "$patchlaw" ablation --paper --json | cmp - told.json && echo same)" same

# Differences that are the same in every seed have no interval to judge by.
cp runs/ledger.db still.db
sqlite3 still.db "UPDATE series_summary SET value_last = 0.5 + 0.01 * (SELECT seed FROM series JOIN cell USING
    (cell_id) WHERE series.series_id = series_summary.series_id) WHERE series_id IN
    (SELECT series_id FROM series WHERE split = 'val' AND metric = 'loss_causal')"
check "what does not scatter is told nothing of" "$(PATCHLAW_LEDGER=still.db "$patchlaw" ablation --paper --json |
    grep -c '"verdict": *"no scatter"')" 4

# A spool has them too.
"$patchlaw" sweep told.yaml --spool spooled > sweep.txt 2>&1; check "the sweep into a spool exits" $? 0
"$patchlaw" import spool spooled --ledger spooled.db > said.txt 2>&1; check "and is imported" $? 0
claims() { sqlite3 "$1" "SELECT position, source, side_a, side_b, outcome, value_a, value_b, remembered
    FROM paper_claim"; }
check "with the paper's claims" "$(claims spooled.db)" "$(claims runs/ledger.db)"

sed '/^paper:/,$d' told.yaml > plain.yaml
"$patchlaw" sweep plain.yaml > sweep.txt 2>&1
check_has "a claim is no part of a cell" "$(cat sweep.txt)" "^0 done, 36 done before"
check "the newest file's claims count" "$("$patchlaw" ablation --paper --json | tr -d ' \n')" "[]"
sed 's/loss: \[0.5, 0.4\]/loss: [0.5]/' told.yaml > bad.yaml
"$patchlaw" sweep bad.yaml > said.txt 2>&1
check "a bad claim exits" $? 2
check_has "with its place" "$(cat said.txt)" "bad.yaml:[0-9]*:[0-9]*: loss: takes two numbers"

# ---- configs/paper ----

# With one seed each, and two steps where steps are no axis.
cp -r "$here/../../configs" configs
rm -rf runs
cd configs/paper || exit 1
for name in table_2 table_3a table_3b table_3c table_3d table_3e table_3f table_4a table_4b table_5 \
    table_7 table_8 figure_1 figure_4 figure_5 figure_6 figure_7; do
    check "$name says what it is for, costs, and how it is run" \
        "$(grep -cE "^name: $name\$|^(question|prediction|decide):|^# (Run  |Cost) " $name.yaml)" 6
    check_has "$name has the paper's numbers" "$(cat $name.yaml)" "^paper:\|^# Paper "
    sed -i 's/^seeds: .*/seeds: 1/' $name.yaml
    if grep -q '^paper:' $name.yaml; then set -- optim.steps=2; else set -- --dry-run; fi
    "$patchlaw" sweep $name.yaml "$@" > said.txt 2>&1
    check "$name resolves: $(tail -n 1 said.txt)" $? 0
done
check "every claim has runs on both sides" \
    "$("$patchlaw" ablation --paper --csv | grep -vc ',one seed')" 1
finish
