#!/bin/sh
# engine_kill.sh PATCHLAW - the same bits, whatever happens to the process: any number of workers,
# SIGKILL at random instants, SIGTERM, a reader that goes away. Every curve and every checkpoint is
# compared byte for byte with those of a run that was left alone. KILLS and SEED may be set.
set -u
seed=${SEED:-$(date +%s)}
kills=${KILLS:-25}
. "$(dirname "$0")/engine.sh"
. "$here/tiny.sh"

become() { # FOLDER WORKERS: this shell becomes the engine, events on standard output
    exec "$engine" train --config config.yaml --out "$1" --workers "$2" 2>> "$1.log"
}
train() { (become "$@"); }
points() { grep '^point	' "$1" | sort; }
same() { # FOLDER EVENTS...: its checkpoint, its curve, and all points of these files
    folder=$1
    shift
    for file in checkpoint.safetensors points.tsv; do
        cmp "alone/$file" "$folder/$file" || fail "$folder/$file differs from the run left alone"
    done
    for file; do points "$file"; done | sort -u > merged
    cmp points.alone merged || fail "$folder: points differ: $(diff points.alone merged | head -n 6)"
    for last; do :; done
    points "$last" > resent
    cmp points.alone resent || fail "$folder: the last process did not send the whole curve"
}

# ---- left alone, by any number of workers ----

begin=$(date +%s%N)
train alone 1 > alone.events || fail "train: $(cat alone.log)"
took_us=$((($(date +%s%N) - begin) / 1000))
points alone.events > points.alone
[ "$(wc -l < points.alone)" -ge 80 ] || fail "only $(wc -l < points.alone) points"
[ "$(sort -u -t'	' -k2,4 points.alone | wc -l)" = "$(wc -l < points.alone)" ] ||
    fail "a step stands twice in one curve"
grep -q '^end	done	240	' alone.events || fail "no end line: $(tail -n 1 alone.events)"
cmp alone/checkpoint.safetensors runs/*/checkpoint.safetensors || fail "patchlaw run differs"
for workers in 2 3 8; do
    train "workers$workers" "$workers" > events || fail "$workers workers: $(cat "workers$workers.log")"
    same "workers$workers" events
done
train alone 2 > events || fail "a finished run, called again: $(cat alone.log)"
same alone events
echo "1, 2, 3 and 8 workers: the same $(wc -l < points.alone) points and checkpoint; $((took_us / 1000)) ms a run"

# ---- killed, until enough kills have met a living process ----

# Lines "delay in seconds, workers"; a killed process may stop in the middle of a line.
awk -v seed="$seed" -v us="$took_us" 'BEGIN { srand(seed); split("1 2 3 8", workers, " ")
    for (i = 0; i < 10000; i++)
        printf "%.6f %d\n", rand() * us / 1e6, workers[1 + int(rand() * 4)] }' > chances
whole_lines() { [ -z "$(tail -c 1 "$1")" ] || sed -i '$d' "$1"; }

killed=0 rounds=0
exec 3< chances
while [ "$killed" -lt "$kills" ]; do
    rounds=$((rounds + 1)) attempts=0 status=137
    folder=round$rounds
    while [ "$status" != 0 ]; do
        attempts=$((attempts + 1))
        [ "$attempts" -le 60 ] || fail "$folder is not done after 60 attempts"
        read -r delay workers <&3
        become "$folder" "$workers" > "$folder.events$attempts" &
        process=$!
        sleep "$delay"
        kill -KILL "$process" 2> /dev/null
        wait "$process" 2> /dev/null
        status=$?
        whole_lines "$folder.events$attempts"
        case $status in
        0) ;;
        137) killed=$((killed + 1)) ;;
        *) fail "$folder, attempt $attempts: status $status: $(cat "$folder.log")" ;;
        esac
    done
    same "$folder" $(seq -f "$folder.events%g" "$attempts")
done
echo "$killed kills in $rounds runs (SEED=$seed): the same points and checkpoints"

# ---- asked to stop, and left by its reader ----

become stopped 2 > stopped.events1 &
process=$!
sleep "$(awk -v us="$took_us" 'BEGIN { print us / 2e6 }')"
kill -TERM "$process" 2> /dev/null
wait "$process"
status=$?
case $status in
4) grep -q '^end	stopped	' stopped.events1 || fail "stopped without saying so" ;;
0) ;;
*) fail "SIGTERM: status $status: $(cat stopped.log)" ;;
esac
train stopped 3 > stopped.events2 || fail "resume after SIGTERM: $(cat stopped.log)"
same stopped stopped.events1 stopped.events2

{ train left 2; echo $? > left.status; } | head -n 6 > left.events1
[ "$(cat left.status)" = 4 ] || fail "a reader that went away: status $(cat left.status), want 4"
train left 1 > left.events2 || fail "resume after a dead pipe: $(cat left.log)"
same left left.events1 left.events2
echo "SIGTERM and a dead pipe: the same points and checkpoints"
