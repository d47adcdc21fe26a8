# engine.sh - sourced, with the arguments of a test that is about the real engine: $here, $patchlaw,
# $engine, an empty folder $work to be in, which goes away, and fail. A test with a $seed tells it.

here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: $(basename "$0") PATCHLAW}")
engine=$(dirname "$patchlaw")/patchlaw-engine
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_DATA=$work/data PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_ENGINE=$engine

fail() {
    echo "FAILED${seed:+ (SEED=$seed)}: $*"
    exit 1
}
