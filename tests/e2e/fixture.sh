# Sourced by the tests of the launcher: a folder of their own, checks that count, a fake engine,
# and configs for it. At the end of a test: finish.
patchlaw=$(realpath "${PATCHLAW:-build/release/bin/patchlaw}")
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_ENGINE=$here/fake_engine.sh PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_DATA=none
export NO_COLOR=1
. "$here/checks.sh"

ask() { "$patchlaw" sql --csv "$1" | tail -n +2; }
eventually() { # command: until it succeeds, for half a minute at most
    tries=0
    until "$@" || [ $tries -ge 300 ]; do tries=$((tries + 1)); sleep 0.1; done
}
engines() { pgrep -cf "fake_engine.sh (train|probe) .*$work/"; }
no_engines() { [ "$(engines)" = 0 ]; }
running() { [ "$(ask "SELECT count(*) FROM runs WHERE state = 'running'" 2> /dev/null)" = "$1" ]; }
started() { [ "$(cat runs/*/pids 2> /dev/null | wc -l)" = "$1" ]; }
seen() { grep -q -- "$1" "$2"; }
# Holds the ledger's write lock until release; held says that it has it.
hold() {
    rm -f held release
    { echo 'BEGIN IMMEDIATE;'; echo '.shell touch held'
      echo '.shell while [ ! -e release ]; do sleep 0.1; done'; echo 'COMMIT;'; } |
        sqlite3 -cmd '.timeout 20000' runs/ledger.db & holder=$!
    eventually [ -e held ]
}
release() { touch release; wait $holder; }
fresh() { rm -rf "$work/runs"; }

cat > base.yaml <<'END'
data: {name: fake}
model.width: 32
optim: {steps: 20, batch_images: 16}
train.log_every: 1
END
echo 'task: probe' > probe.yaml
seeds() { printf 'name: seeds\nbase: base.yaml\nseeds: [%s]\n' "$1" > seeds.yaml; }
