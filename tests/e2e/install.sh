#!/bin/sh
# install.sh PATCHLAW - both programs work from where make install puts them, without the source
# tree, and make uninstall leaves nothing behind. Installs what stands beside PATCHLAW.
set -u
built=$(dirname "$(realpath "${1:?usage: install.sh PATCHLAW}")")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
build=$(dirname "$(dirname "$built")") # PATCHLAW is BUILD/release/bin/patchlaw

fail() {
    echo "FAILED: $*"
    exit 1
}
run_make() { make -s -C "$root" BUILD="$build" DESTDIR="$work/stage" PREFIX=/opt/it "$@" || fail "make $*"; }

run_make install
mv "$work/stage" "$work/elsewhere" || fail "nothing was installed below DESTDIR"
bin=$work/elsewhere/opt/it/bin
mkdir "$work/empty"
cd "$work/empty" || exit 1
unset PATCHLAW PATCHLAW_ENGINE PATCHLAW_LEDGER PATCHLAW_DATA
for program in patchlaw patchlaw-engine; do
    said=$("$bin/$program" --version) || fail "$program --version: status $?"
    case $said in "$program "[0-9]*) ;; *) fail "$program --version says: $said" ;; esac
done
"$bin/patchlaw" ls > ls.out 2>&1 && fail "patchlaw ls without a ledger"
grep -q 'no ledger here' ls.out || fail "patchlaw ls without a ledger says: $(cat ls.out)"
mkdir runs
"$root/tests/e2e/make_ledger.sh" runs/ledger.db || fail "no ledger was made"
"$bin/patchlaw" ls > ls.out 2>&1 || fail "ls: $(cat ls.out)"
[ "$(grep -c pretrain ls.out)" -ge 6 ] || fail "ls lists too little: $(cat ls.out)"
# The SQL and the page's assets are inside the program.
"$bin/patchlaw" sql "SELECT count(*) AS runs FROM runs" > sql.out 2>&1 || fail "sql: $(cat sql.out)"
"$bin/patchlaw" report demo --out page.html > report.out 2>&1 || fail "report: $(cat report.out)"
grep -q uPlot page.html || fail "the page has no script in it"
# patchlaw finds the engine beside it.
"$bin/patchlaw" data info nothing > data.out 2>&1 && fail "data info of a data set that is not there"
grep -q nothing data.out || fail "data info says: $(cat data.out)"

# What stands beside the programs: aggregates for sqlite3, words for the shell.
if command -v sqlite3 > /dev/null; then
    slope=$(sqlite3 :memory: -cmd ".load $work/elsewhere/opt/it/lib/patchlaw/patchlaw_sql.so" \
        "SELECT slope(column1, column2) FROM (VALUES (1, 1), (2, 3))") || fail "the extension: $slope"
    [ "$slope" = 2.0 ] || fail "the extension says: $slope"
fi
[ -s "$work/elsewhere/opt/it/share/bash-completion/completions/patchlaw" ] || fail "no completion"
[ -s "$work/elsewhere/opt/it/share/doc/patchlaw/schema.md" ] || fail "no page about the schema"

mv "$work/elsewhere" "$work/stage"
run_make uninstall
left=$(find "$work/stage" ! -type d)
[ -z "$left" ] || fail "make uninstall left: $left"
[ ! -e "$work/stage/opt/it/share/doc/patchlaw" ] || fail "make uninstall left its folder"
