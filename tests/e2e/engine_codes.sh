#!/bin/sh
# engine_codes.sh PATCHLAW - codes as targets: a codebook learnt before the first step, the same bits
# for any number of workers and whatever happens to the process meanwhile; a run that goes on wants
# the codebook that it began with, and learns it again where it is lost. KILLS and SEED may be set.
set -u
seed=${SEED:-$(date +%s)}
kills=${KILLS:-8}
. "$(dirname "$0")/engine.sh"
. "$here/tiny.sh"

become() { # FOLDER WORKERS: this shell becomes the engine, events on standard output
    exec "$engine" train --config config.yaml --out "$1" --workers "$2" 2>> "$1.log"
}
train() { (become "$@"); }
same() { # FOLDER
    for file in codebook.safetensors checkpoint.safetensors points.tsv; do
        cmp "alone/$file" "$1/$file" || fail "$kind: $1/$file differs from the run left alone"
    done
}
value() { # METRIC: its last value in alone/points.tsv
    awk -F'\t' -v metric="$1" '$4 == metric { last = $5 } END { print last }' alone/points.tsv
}
first() { # METRIC: its first one
    awk -F'\t' -v metric="$1" '$4 == metric { print $5; exit }' alone/points.tsv
}
holds() { # TEST: of awk
    awk "BEGIN { exit !($1) }" || fail "$kind: not so: $1"
}

for kind in kmeans vq; do
    rm -rf alone workers* round* lost other bad*
    "$patchlaw" run tiny.yaml target.kind=$kind target.codes=24 > run.log 2>&1 ||
        fail "patchlaw run: $(cat run.log)"
    config=$(grep -l "^target.kind: $kind" runs/*/config.yaml)
    cp "$config" config.yaml

    begin=$(date +%s%N)
    train alone 1 > alone.events || fail "$kind: $(cat alone.log)"
    took_us=$((($(date +%s%N) - begin) / 1000))
    cmp alone/checkpoint.safetensors "${config%/*}/checkpoint.safetensors" ||
        fail "$kind: patchlaw run differs"
    sum=$(sha256sum < alone/codebook.safetensors)
    grep -q "^artifact	codebook	0	$(stat -c %s alone/codebook.safetensors)	${sum%% *}	codebook.safetensors$" \
        alone.events || fail "$kind: no artifact line tells of the codebook"
    [ "$(grep -c '	codes_' alone/points.tsv)" = 3 ] || fail "$kind: not three points of the codes"
    holds "$(value codes_perplexity) > 2 && $(value codes_perplexity) <= 24"
    holds "$(value codes_used) > 12 && $(value codes_error) < 1"
    holds "$(value loss) < $(first loss) && $(value loss) < log(24)" # nats; of chance
    holds "$(value loss_causal) > 0 && $(value loss_causal) < 2 * log(24)"
    for workers in 2 3; do
        train workers$workers $workers > events || fail "$kind: $(cat workers$workers.log)"
        same workers$workers
    done

    awk -v seed="$seed" -v us="$took_us" 'BEGIN { srand(seed); for (i = 0; i < 500; i++)
        printf "%.6f %d\n", rand() * us / 1e6, 1 + i % 3 }' > chances
    exec 3< chances
    killed=0 rounds=0
    while [ "$killed" -lt "$kills" ]; do
        rounds=$((rounds + 1)) attempts=0 status=137
        while [ "$status" != 0 ]; do
            attempts=$((attempts + 1))
            [ "$attempts" -le 60 ] || fail "$kind: not done after 60 attempts"
            read -r delay workers <&3
            become round$rounds "$workers" > events &
            process=$!
            sleep "$delay"
            kill -KILL "$process" 2> /dev/null
            wait "$process" 2> /dev/null
            status=$?
            case $status in
            0) ;;
            137) killed=$((killed + 1)) ;;
            *) fail "$kind: round $rounds: status $status: $(cat round$rounds.log)" ;;
            esac
        done
        same round$rounds
    done
    echo "$kind: $killed kills in $rounds runs: the same codebook, points and checkpoint"

    # ---- another codebook, a damaged one, one that is lost ----

    sed 's/^seed: 0/seed: 1/' config.yaml > seed1.yaml
    "$engine" train --config seed1.yaml --out other --workers 2 > events 2> other.log ||
        fail "$kind, seed 1: $(cat other.log)"
    cmp -s other/codebook.safetensors alone/codebook.safetensors && fail "$kind: seed 1 learns the same"
    cp -r alone bad
    cp other/codebook.safetensors bad/
    train bad 1 > events && fail "$kind: the codebook of another config is taken"
    grep -q 'belongs to config' bad.log || fail "$kind: another config's: $(cat bad.log)"
    cp -r alone bad1
    printf x | dd of=bad1/codebook.safetensors bs=1 seek=900 conv=notrunc 2> /dev/null
    train bad1 1 > events && fail "$kind: a damaged codebook is taken"
    cp -r alone lost
    rm lost/codebook.safetensors
    train lost 2 > events || fail "$kind: a lost codebook: $(cat lost.log)"
    same lost

    "$engine" imagine alone > events 2> imagine.log || fail "$kind: imagine: $(cat imagine.log)"
    [ -s alone/imagine.png ] || fail "$kind: imagine left no picture"
done

"$patchlaw" sql "SELECT path FROM artifact WHERE kind = 'codebook'" > rows || fail "sql"
[ "$(grep -c 'codebook.safetensors' rows)" = 2 ] || fail "the ledger does not know both codebooks"
"$engine" calibrate --config config.yaml --seconds 0.1 > events 2> calibrate.log ||
    fail "calibrate: $(cat calibrate.log)"
echo "codes as targets: learnt, kept, refused, learnt again (SEED=$seed)"
