#!/bin/sh
# faults.sh [PATCHLAW] - what a machine does to a sweep other than killing it: a launcher that dies
# between two steps, a full disk, a ledger that cannot be written, a clock that jumps, a reboot, a
# network filesystem. Each time the same command goes on, and the ledger equals an undisturbed one's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:-${PATCHLAW:-build/release/bin/patchlaw}}")
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
# Only root may mount; anybody may be root among his own processes, where the kernel allows it.
if [ "$(id -u)" != 0 ] && unshare -rm true 2> /dev/null; then exec unshare -rm "$0" "$patchlaw"; fi
engine=$(dirname "$patchlaw")/patchlaw-engine
work=$(realpath "$(mktemp -d)") || exit 1
mounted=
trap 'for at in $mounted; do umount "$at"; done; rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/same_ledger.sh"
export PATCHLAW_ENGINE=$here/fake_engine.sh PATCHLAW_LEDGER=runs/ledger.db PATCHLAW_DATA=$work/none
export NO_COLOR=1
. "$here/checks.sh"
skipped=0

check_has() { # what, file, pattern
    checks=$((checks + 1))
    grep -q -- "$3" "$2" && return
    failures=$((failures + 1))
    printf 'FAILED %s: no "%s" in:\n%s\n' "$1" "$3" "$(cat "$2")"
}
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1"
}
ask() { sqlite3 -cmd '.timeout 20000' runs/ledger.db "$1"; }
eventually() { # command: until it succeeds, for half a minute at most
    tries=0
    until "$@" || [ $tries -ge 300 ]; do tries=$((tries + 1)); sleep 0.1; done
}
is() { [ "$(ask "$1" 2> /dev/null)" = "$2" ]; }
in_state() { is "SELECT count(*) FROM attempt WHERE state = '$1'" "$2"; }
engines() { pgrep -cf "fake_engine.sh (train|probe) .*--data $work/none"; }
no_engines() { [ "$(engines)" = 0 ]; }
fresh() { # FOLDER: an empty case
    mkdir -p "$work/$1"
    cp "$work"/*.yaml "$work/$1"
    cd "$work/$1" || exit 1
}
same() { # WHAT DUMP: the ledger here equals the dump, no folder had two engines, doctor is content
    ledger_lines runs/ledger.db > lines
    check "$1: equals an undisturbed sweep" "$(diff "$work/$2" lines | head -n 6)" ""
    check "$1: one engine in a folder at a time" "$(find runs -name overlap)" ""
    "$patchlaw" doctor > said; check "$1: doctor" "$? $(tail -n 1 said)" "0 $(tail -n 1 said)"
}

cat > base.yaml <<'END'
data: {name: fake}
model.width: 32
optim: {steps: 20, batch_images: 16}
train.log_every: 1
END
echo 'task: probe' > probe.yaml
cat > grid.yaml <<'END'
name: grid
base: base.yaml
seeds: [0, 1]
probe: {base: probe.yaml}
END
fresh calm
"$patchlaw" sweep grid.yaml > said; check "undisturbed exits" $? 0
ledger_lines runs/ledger.db > "$work/calm.lines"

# ---- a launcher that dies before it could write down its engine's pid ----

# The trigger holds it there; the engine opens slowly, and locks its folder only then.
fresh between
"$patchlaw" run base.yaml seed=7 > said # makes the ledger
ask "CREATE TRIGGER slow BEFORE UPDATE OF state ON attempt WHEN NEW.state = 'running'
     BEGIN SELECT count(*) FROM (WITH RECURSIVE n(i) AS
         (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000) SELECT i FROM n); END"
FAKE_OPEN=1 "$patchlaw" sweep grid.yaml --jobs 1 > said 2>&1 & launcher=$!
eventually in_state claimed 1
sleep 0.2
kill -KILL $launcher; wait $launcher 2> /dev/null
ask "DROP TRIGGER slow"
FAKE_DELAY=0.1 "$patchlaw" sweep grid.yaml > said 2>&1
check "goes on after a death in between" $? 0
check "no folder had two engines" "$(find runs -name overlap)" ""
check "each is done" "$(ask "SELECT count(*) FROM attempt WHERE state = 'done'")" 5

# ---- a disk that fills ----

fill() { # KB_LEFT: the disk of runs/
    free=$(df -k --output=avail runs | tail -n 1)
    [ "$free" -le "$1" ] || dd if=/dev/zero of=runs/ballast bs=1k count=$((free - $1)) 2> /dev/null
}
full_disk() { # WHAT KB_LEFT: the disk of runs/ fills while two runs run
    what=$1 left=$2
    fresh "$(printf %s "$what" | tr -d ' ')"
    set -- "$patchlaw" sweep grid.yaml --jobs 2
    mkdir -p runs
    mount -t tmpfs -o size=16m none runs || return 1
    mounted="$PWD/runs $mounted"
    "$@" > said 2>&1 & launcher=$!
    eventually in_state running 2
    fill "$left"
    acknowledged runs/ledger.db > seen
    wait $launcher; check "$what: exits" $? 3
    check_has "$what: says so" said "make room and call again"
    eventually no_engines; check "$what: engines end" "$(engines)" 0
    "$@" > said 2>&1; check "$what: exits again" $? 3
    check_has "$what: says so again" said "make room and call again"
    "$patchlaw" status > said 2>&1; check "$what: status exits" $? 0
    rm runs/ballast
    check "$what: nothing acknowledged is lost" "$(none_lost seen runs/ledger.db)" ""
    "$@" > said 2>&1; check "$what: goes on when there is room" "$? $(cat said)" "0 $(cat said)"
    check "$what: still nothing is lost" "$(none_lost seen runs/ledger.db)" ""
    same "$what" calm.lines
}
mkdir probe_mount
if mount -t tmpfs none probe_mount 2> /dev/null; then
    umount probe_mount
    export FAKE_DELAY=0.05
    full_disk "no room for the ledger" 0
    FAKE_BYTES=2000000 full_disk "no room for a checkpoint" 1500
    unset FAKE_DELAY
    # The real engine, too, tells a full disk from its other troubles, and leaves nothing behind.
    if [ -x "$engine" ]; then
        mkdir "$work/real"
        cd "$work/real" || exit 1
        fail() { check "$*" failed ""; }
        (export PATCHLAW_ENGINE=$engine PATCHLAW_DATA=data && . "$here/tiny.sh")
        mkdir full
        mount -t tmpfs -o size=64k none full
        mounted="$PWD/full $mounted"
        train() { "$engine" train --config config.yaml --data data --out full/run > said 2>&1; }
        train; check "an engine without room exits" $? 5
        check_has "an engine without room says so" said "No space left on device"
        check "half a checkpoint is not left" "$(find full -name '*.partial')" ""
        mount -t tmpfs -o remount,size=16m none full
        train; check "an engine goes on when there is room" $? 0
        cmp runs/*/checkpoint.safetensors full/run/checkpoint.safetensors
        check "a full disk leaves the bits alone" $? 0
    else
        skip "a full disk of the real engine: $engine is not there"
    fi
else
    skip "a full disk: nothing can be mounted here"
fi

# ---- a ledger that can only be read ----

refused() { # WHAT COMMAND...: a sweep is refused with the cure, readers read
    what=$1
    shift
    "$@" sweep grid.yaml > said 2>&1; check "$what: a sweep exits" $? 3
    check_has "$what: the cure is named" said "see whether file and folder may be written"
    for words in status ls doctor "sql --csv SELECT+count(*)+FROM+runs" "report demo --out $work/page/demo.html"; do
        # shellcheck disable=SC2046,SC2086
        printf '%s\n' "$words" | tr ' +' '\n ' > words
        (IFS='
'; "$@" $(cat words)) > said 2>&1
        check "$what: $words" "$? $(cat said)" "0 $(cat said)"
    done
}
fresh readonly
"$patchlaw" sweep grid.yaml > said 2>&1; check "a sweep before it" "$?" 0
mkdir "$work/bin" "$work/page"
cp "$patchlaw" "$here/fake_engine.sh" "$work/bin"
chmod 755 "$work" "$work/bin"/* && chmod 777 "$work/page" "$work/readonly"
nobody="setpriv --reuid 65534 --clear-groups env PATCHLAW_ENGINE=$work/bin/fake_engine.sh $work/bin/patchlaw"
[ "$(id -u)" = 0 ] || nobody=$patchlaw
chmod 444 runs/ledger.db
chmod 555 runs
if [ "$($nobody sql --csv 'SELECT 7' 2>&1 | tail -n 1)" = 7 ]; then
    # shellcheck disable=SC2086
    refused "a ledger without the right to write" $nobody
    chmod 777 runs
    # shellcheck disable=SC2086
    refused "a file without the right to write" $nobody
else
    skip "a ledger without the right to write: nobody else can be had here"
fi
chmod -R u+w runs
if mount --bind runs runs 2> /dev/null && mount -o remount,ro,bind runs; then
    mounted="$PWD/runs $mounted"
    refused "a medium that cannot be written" "$patchlaw"
else
    skip "a medium that cannot be written: nothing can be mounted here"
fi

# ---- a machine that was switched off and on ----

# Its process ids are those of others now, and the last sign of life is not long ago.
fresh reboot
FAKE_DELAY=0.1 "$patchlaw" sweep grid.yaml --jobs 2 > said 2>&1 & launcher=$!
eventually is "SELECT count(*) FROM artifact WHERE step >= 5" 2
kill -KILL $launcher; wait $launcher 2> /dev/null
eventually no_engines
started=$(perl -ne 's/.*\) //; print +(split)[19]' /proc/$$/stat)
ask "UPDATE attempt SET boot_id = 'an earlier one', pid = $$, pid_started = $started,
     launcher_pid = $$, launcher_started = $started WHERE state = 'running'"
timeout 60 "$patchlaw" sweep grid.yaml > said 2>&1; check "goes on after a reboot" $? 0
check_has "and not from the beginning" said "resume .*from step"
check "its runs were orphaned" "$(ask "SELECT count(*) FROM attempt WHERE state = 'orphaned'")" 2
same "a reboot" calm.lines

# ---- clocks and filesystems that are not what they seem ----

if ${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o "$work/shim.so" "$here/shim.c" 2> "$work/said"; then
    shim() { env LD_PRELOAD="$work/shim.so" "$@"; }
    fresh clock
    jump() { echo "$1" > jump.partial && mv jump.partial jump; }
    jump 0
    export SHIM_CLOCK=$PWD/jump FAKE_DELAY=0.15
    shim "$patchlaw" sweep grid.yaml --jobs 1 > one 2>&1 & one=$!
    eventually in_state running 1
    jump 86400
    shim "$patchlaw" sweep grid.yaml --jobs 1 > two 2>&1 & two=$!
    eventually in_state running 2
    for clock in 86400 -86400; do
        jump $clock
        shim "$patchlaw" status > said 2>&1
        check "nothing is orphaned by a clock $clock s off" "$(grep -c 'as orphaned' said)" 0
        check "how long two runs run is no matter of the clock ($clock s off)" \
            "$(grep -c '% *[0-9.]*s so far' said; cat said)" "2
$(cat said)"
    done
    wait $one; check "a launcher under a clock that jumps exits" $? 0
    wait $two; check "a launcher beside it exits" $? 0
    unset SHIM_CLOCK FAKE_DELAY
    check "every run runs once, whatever the clock" \
        "$(ask "SELECT max(attempts), min(attempts) FROM runs")" "1|1"
    check "durations are no matter of the clock" \
        "$(ask "SELECT count(*) FROM attempt WHERE wall_s BETWEEN 0 AND 60")" 4
    same "a clock that jumps" calm.lines

    fresh network
    "$patchlaw" run base.yaml > said
    find runs -type f | sort > before
    for words in "sweep grid.yaml" status; do
        # shellcheck disable=SC2086
        SHIM_STATFS=0x6969 shim "$patchlaw" $words > said 2>&1
        check "$words on a network filesystem exits" $? 3
        check_has "$words on a network filesystem names it" said "NFS"
        check_has "$words on a network filesystem names the cure" said "on a local disk"
    done
    check "nothing is written there" "$(find runs -type f | sort | diff before -)" ""
else
    skip "clocks and filesystems: no compiler ($(head -n 1 "$work/said"))"
fi

cd "$work" || exit 1
printf '%d passed, %d failed, %d skipped\n' $((checks - failures)) "$failures" "$skipped"
[ "$failures" -eq 0 ]
