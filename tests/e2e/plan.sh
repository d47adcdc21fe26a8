#!/bin/sh
# From a sweep to a law, to a plan, to its runs, to how the plan came out: with trunks that really
# train, on images of two waves each. PATCHLAW names the program, which has patchlaw-engine beside it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:-${PATCHLAW:-build/release/bin/patchlaw}}")
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_ENGINE=${patchlaw}-engine PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_DATA=$work/data
export NO_COLOR=1
. "$here/checks.sh"
ask() { "$patchlaw" sql --csv "$1" | tail -n +2; }
of() { sqlite3 :memory: "SELECT json_extract(CAST(readfile('$1') AS TEXT), '$2')"; }
plan() { "$patchlaw" plan --draws 200 "$@"; }

mkdir idx
cat > waves.pl <<'END'
my ($file, $count, $x) = @ARGV;
sub draw { $x = ($x * 1103515245 + 12345) % 2147483648; return $x / 2147483648; }
open my $images, '>', "idx/$file-images-idx3-ubyte" or die;
open my $labels, '>', "idx/$file-labels-idx1-ubyte" or die;
print $images pack('NNNN', 0x803, $count, 8, 8);
print $labels pack('NN', 0x801, $count);
for my $i (1 .. $count) {
    my @waves = map { [0.3 + draw(), 0.3 + draw(), 6.28 * draw(), 25 + 30 * draw()] } 1 .. 2;
    for my $p (0 .. 63) {
        my $v = 128 + 30 * draw() - 15;
        $v += $_->[3] * sin($_->[0] * ($p % 8) + $_->[1] * int($p / 8) + $_->[2]) for @waves;
        print $images pack('C', int $v);
    }
    print $labels pack('C', $i % 4);
}
END
perl waves.pl train 2000 1 && perl waves.pl t10k 200 2
"$patchlaw" data import waves idx > import.log 2>&1; check "import exits" $? 0
mkdir configs
cat > configs/base.yaml <<'END'
data: {name: waves, image_px: 8, crop_min: 1, flip: 0}
model: {patch_px: 2, width: 16, depth: 2, heads: 2}
head: {width: 16, depth: 1}
optim: {steps: 200, batch_images: 32, lr_peak: 0.005}
train: {shards: 4, log_every: 50, checkpoint_every: 10000}
eval.images: 200
END
cat > grid.yaml <<'END'
name: grid
base: configs/base.yaml
zip:
  - {model.width: [8, 12, 16, 24], head.width: [8, 12, 16, 24]}
grid: {optim.steps: [25, 50, 100, 200]}
END

# Without runs there is nothing to plan from.
out=$(plan --budget 1e10 2>&1); check "no ledger exits" $? 2
check_has "no ledger is said" "$out" "ledger.db"
"$patchlaw" sweep grid.yaml --jobs 2 > sweep.log 2>&1; check "the grid's sweep exits" $? 0
out=$("$patchlaw" fit chinchilla --draws 200); check "fit exits" $? 0
check_has "fit takes all of them" "$out" "16 fitted, 0 excluded"

# What a budget buys: half and twice the best size are worse, more compute is better.
plan --budget 1e11 --json > best.json; check "a plan without runs exits" $? 0
check "the budget stands in the middle of five" "$(for i in 0 2 4; do of best.json "\$.optima[$i].C"; done)" \
    "$(printf '%s.0\n' 25000000000 100000000000 400000000000)"
check "C is k N D" "$(sqlite3 :memory: "SELECT abs(1 - o ->> 'C' / (o ->> 'N' * (o ->> 'D') * k)) < 1e-9
    FROM (SELECT json_extract(CAST(readfile('best.json') AS TEXT), '\$.optima[2]') AS o,
          $(ask "SELECT exp(avg(ln(C * 1.0 / N / D))) FROM law_points") AS k)")" 1
check "neither half nor twice its size is better" "$(sqlite3 :memory: "SELECT min(value ->> 'half_N') > 0
    AND min(value ->> 'twice_N') > 0 FROM json_each(CAST(readfile('best.json') AS TEXT), '\$.losses')")" 1
check "the loss falls with compute" "$(sqlite3 :memory: "SELECT count(DISTINCT value ->> 'L') = 5 AND
    (SELECT min(value ->> 'L') FROM json_each(CAST(readfile('best.json') AS TEXT), '\$.losses'))
    = json_extract(CAST(readfile('best.json') AS TEXT), '\$.losses[4].L')
    FROM json_each(CAST(readfile('best.json') AS TEXT), '\$.losses')")" 1
plan --budget 1e11 --law overtrained --json > ratio.json; check "a law of D / N exits" $? 0
check "it plans with the k of its runs" "$(of ratio.json '$.summary[3].value')" \
    "$(of best.json '$.summary[3].value')"
out=$(plan --budget 1e11 --law overtrained "SELECT 'r' || run AS run, M, C, L FROM law_points" 2>&1)
check "without those runs it exits" $? 2
check_has "and says what counts" "$out" "no row is a run of .*; --base CONFIG counts it"
out=$(plan --budget 1e14); check_has "far extrapolation is said" "$out" "^extrapolation: "
check "nothing was written" "$(ask "SELECT count(*) FROM predictions")" 0

# A plan: its file, its cells, its predictions.
plan --budget 6e10 --base configs/base.yaml --cells 5 --out next.yaml --json > plan.json
check "a plan exits" $? 0
runs=$(ask "SELECT group_concat(run, ' ') FROM (SELECT run FROM predictions ORDER BY run)")
check "each cell is foretold" "$(ask "SELECT count(*) FROM predictions WHERE state = 'waiting'")" \
    "$(sqlite3 :memory: "SELECT json_array_length(CAST(readfile('plan.json') AS TEXT), '\$.cells')")"
"$patchlaw" sweep next.yaml --dry-run --json > dry.json; check "its dry run exits" $? 0
check "its file gives exactly its cells" "$(sqlite3 :memory: "SELECT group_concat(run, ' ') FROM
    (SELECT value ->> 'run' AS run FROM json_each(CAST(readfile('dry.json') AS TEXT)) ORDER BY 1)")" "$runs"
check "within the budget" "$(ask "SELECT sum(point ->> 'C') <= 6e10 AND count(*) BETWEEN 2 AND 5
    FROM predictions")" 1
check "near what was run" "$(ask "SELECT count(*) FROM predictions WHERE point ->> 'C' > 4 * (SELECT max(C) FROM law_points)
    OR point ->> 'N' > 4 * (SELECT max(N) FROM law_points)")" 0
check "some are for the fit" "$(ask "SELECT count(*) > 0 FROM predictions WHERE role = 'fit'")" 1
check_has "the file foretells in words" "$(cat next.yaml)" "^prediction: >-"
check_has "and names its base as a neighbour" "$(cat next.yaml)" "^base: configs/base.yaml"
before=$(cat next.yaml; ask "SELECT * FROM predictions ORDER BY uuid")
out=$(plan --budget 6e10 --base configs/base.yaml --cells 5 --out next.yaml); check "again exits" $? 0
check_has "again adds nothing" "$out" "0 made, [2-5] stood there"
check "again changes nothing" "$(cat next.yaml; ask "SELECT * FROM predictions ORDER BY uuid")" "$before"
out=$(plan --budget 3e10 --base configs/base.yaml --out next.yaml 2>&1)
check "another plan does not take its file" $? 2
check_has "and says how to" "$out" "next.yaml is there and is another plan: --force"
check "the file is as it was" "$(cat next.yaml; ask "SELECT * FROM predictions ORDER BY uuid")" "$before"

# Options of the runs.
plan --budget 3e10 --base configs/base.yaml --cells 2 --seeds 2 --lr '0.01 * 16 / model.width' \
    --sizes 20,28/2/3 --out two.yaml --name pair > /dev/null; check "options exit" $? 0
check "seeds are cells" "$(ask "SELECT count(*) = 2 * count(DISTINCT point) FROM predictions
    WHERE plan = 'pair'")" 1
"$patchlaw" sweep two.yaml --dry-run > dry.txt; check "its dry run exits, too" $? 0
check_has "the learning rate follows the rule" "$(cat two.yaml)" "optim.lr_peak: \"0.01"
out=$(plan --budget 3e10 --base configs/base.yaml --lr 'pw(2)' 2>&1); check "a bad rule exits" $? 2
check_has "a bad rule is said" "$out" "error: optim.lr_peak: 'pw(2)'"
plan --budget 3e10 --base configs/base.yaml --cells 2 --out two.yaml --force > /dev/null
check "a forced plan exits" $? 0
check "its name is the file's" "$(ask "SELECT count(*) > 0 FROM predictions WHERE plan = 'two'")" 1
out=$(plan --budget 2s --cores 1); check "a time exits" $? 0
check_has "a time is FLOPs by finished runs" "$out" "2.0s of 1 core at .* FLOPs a second each, as 16 finished"

# A run that all but repeats a finished one is planned where seeds are asked for, and not else.
near=$(ask "SELECT CAST(max(C) * 1.006 AS INTEGER) FROM law_points WHERE width = 24")
plan --budget "$near" --base configs/base.yaml --sizes 24,20 --json > near.json; check "near exits" $? 0
check_has "those near are counted" "$(cat near.json)" \
    '"left out", *"value": *"[0-9]* of [0-9]* candidates: [0-9]* ended, [1-9][0-9]* cost within 2 %'
check "none of them is planned" "$(sqlite3 :memory: "SELECT count(*) FROM
    json_each(CAST(readfile('near.json') AS TEXT), '\$.cells') WHERE value ->> 'width' = 24
    AND abs(value ->> 'C' - $near / 1.006) < 0.02 * $near")" 0
plan --budget "$((2 * near))" --base configs/base.yaml --sizes 24,20 --seeds 2 --json > near.json
check "seeds exit" $? 0
check "with seeds none is left out" "$(grep -c '[1-9][0-9]* cost within' near.json)" 0

# Its runs, and how it came out. A prediction that is younger than its run is never scored.
check_has "before its runs nothing is scored" "$(plan --score next)" "^next  *[2-5]  *0  *0  *[2-5]  *0 "
"$patchlaw" sweep next.yaml --jobs 2 > sweep.log 2>&1; check "the plan's sweep exits" $? 0
plan --score next --json > score.json; check "score exits" $? 0
check "every run is scored" "$(of score.json '$[0].n') $(of score.json '$[0].waiting')" \
    "$(ask "SELECT count(*), 0 FROM predictions WHERE plan = 'next'" | tr , ' ')"
check "by its final loss" "$(ask "SELECT count(*) FROM calibration c JOIN runs r USING (run)
    WHERE c.plan = 'next' AND (abs(c.observed - r.loss) > 0
      OR abs(c.error_pct - 100 * (r.loss - c.predicted) / c.predicted) > 1e-9)")" 0
check "its error is their mean" "$(of score.json '$[0].bias_pct' | cut -c 1-8)" \
    "$(ask "SELECT avg(error_pct) FROM calibration WHERE plan = 'next'" | cut -c 1-8)"
check "coverage has an interval" "$(sqlite3 :memory: "SELECT json_extract(s, '\$[0].inside_low')
    <= json_extract(s, '\$[0].inside_run') AND json_extract(s, '\$[0].inside_high') > 0
    FROM (SELECT CAST(readfile('score.json') AS TEXT) AS s)")" 1
sqlite3 "$PATCHLAW_LEDGER" "UPDATE prediction SET made_at = made_at + 3600000000 WHERE uuid =
    (SELECT min(uuid) FROM predictions WHERE plan = 'next')"
plan --score next --json > late.json
check "one made later is not scored" "$(of late.json '$[0].too_late') $(of late.json '$[0].n')" \
    "1 $(($(of score.json '$[0].n') - 1))"
out=$(plan --budget 6e10 --base configs/base.yaml --cells 5 --out next.yaml 2>&1)
check "the plan that ran is another by now" $? 2
plan --budget 6e10 --base configs/base.yaml --cells 5 --out after.yaml > /dev/null
check "a plan after it exits" $? 0
check "nothing that ended is planned again" "$(ask "SELECT count(*) FROM predictions
    WHERE plan = 'after' AND run_state = 'done'")" 0
out=$("$patchlaw" fit chinchilla --draws 20 without_held_out); check "a fit without those held out exits" $? 0
check_has "it leaves them out" "$out" "$(ask "SELECT count(*) || ' fitted' FROM law_points
    WHERE run NOT IN (SELECT run FROM predictions WHERE role = 'score')" | tail -n 1)"

# Predictions go where ledgers go, once.
"$patchlaw" merge --ledger other/ledger.db "$PATCHLAW_LEDGER" > merge.log 2>&1
check "merge exits" $? 0
"$patchlaw" merge --ledger other/ledger.db "$PATCHLAW_LEDGER" > merge.log 2>&1
here_=$(ask "SELECT plan, uuid, state, observed FROM predictions ORDER BY uuid")
check "a merged ledger scores the same" "$("$patchlaw" sql --ledger other/ledger.db --csv \
    "SELECT plan, uuid, state, observed FROM predictions ORDER BY uuid" | tail -n +2)" "$here_"

# Rows of others: the optimum in their units, and no time on this machine.
{
    echo name,N,D,C,loss
    awk 'BEGIN { for (i = 0; i < 5; i++) for (j = 0; j < 5; j++) { n = 1e6 * 3 ^ i; d = 1e7 * 3 ^ j
        printf "r%d_%d,%d,%d,%.6g,%.6f\n", i, j, n, d, 6 * n * d, 1.7 + 400 / n ^ .34 + 410 / d ^ .28 } }'
} > others.csv
export PATCHLAW_LEDGER=$work/others/ledger.db
"$patchlaw" import runs others.csv --map N=params --map D=patches --map C=flops > import.log 2>&1
check "import of rows exits" $? 0
plan --budget 1e17 --json > others.json; check "a plan from rows exits" $? 0
check "their optimum is the law's own" "$(sqlite3 :memory: "SELECT abs(1 - json_extract(s, '\$.optima[2].N')
    / (pow(0.34 * 400 / 0.28 / 410, 1 / 0.62) * pow(1e17 / 6, 0.28 / 0.62))) < 1e-2
    FROM (SELECT CAST(readfile('others.json') AS TEXT) AS s)")" 1
out=$(plan --budget 2h 2>&1); check "a time without runs exits" $? 2
check_has "and says what to do" "$out" "give FLOPs, as 1e15, or finish a run first"

# Errors through a link, on invented probes.
"$here/make_ledger.sh" invented.db
plan --ledger invented.db --budget 1e13 --link exponential --json > link.json
check "a link exits" $? 0
check "an error lies in its interval" "$(sqlite3 :memory: "SELECT min(value ->> 'err' BETWEEN
    value ->> 'run_low' AND value ->> 'run_high'), count(*) FROM
    json_each(CAST(readfile('link.json') AS TEXT), '\$.errors')")" "1|5"
check_has "surface and link draw the same runs" \
    "$(plan --ledger invented.db --budget 1e13 --link exponential)" "drawn along with the surface"
check_has "or say that they do not" \
    "$(plan --ledger invented.db --budget 1e13 --link exponential \
        "SELECT * FROM law_points WHERE width < 128 OR D < 2e6" 2>&1)" "drawn apart\|fewer rows"
out=$(plan --budget 1e17 --link sigmoid 2>&1); check "a link without probes exits" $? 2
check_has "and says what is missing" "$out" "probe more trunks"

# What is wrong is said with its cure.
out=$(plan --budget 12x 2>&1); check "no budget exits" $? 2
check_has "no budget" "$out" "as 1e15, 3T or 40GFLOPs, nor a time, as 2h"
out=$(plan --budget 1e17 --law power 2>&1); check "no surface exits" $? 2
check_has "no surface" "$out" "chinchilla and overtrained are"
out=$(plan --budget 1e17 --out x.yaml 2>&1); check "a file without runs exits" $? 2
check_has "a file without runs" "$out" "--base CONFIG"
out=$(plan --score nothing 2>&1); check "an unknown plan exits" $? 2
check_has "an unknown plan" "$out" "holds no prediction of plan nothing"
out=$(plan --budget 1e17 "SELECT * FROM law_points LIMIT 4" 2>&1); check "no fit exits" $? 1
check_has "no fit" "$out" "no plan without a fit: fewer rows than parameters"
out=$(plan --budget 1e17 --base "$work/configs/base.yaml" --target gamma 2>&1)
check "an unknown target exits" $? 2
check_has "an unknown target" "$out" "is none of N, loss, E, A, B, alpha, beta"
check_has "it is completed" "$("$patchlaw" complete)" "^plan$"
finish
