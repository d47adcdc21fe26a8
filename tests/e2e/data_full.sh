#!/bin/sh
# data_full.sh PATCHLAW - data import, curate and mix on a disk that fills, at every size that it may
# have: each ends with its exit status, the file and the cure, and leaves nothing; with room the same
# command makes what it makes on a disk that has room from the beginning.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: data_full.sh PATCHLAW}")
command -v perl > /dev/null || { echo "skipped: perl is not installed"; exit 0; }
# Only root may mount; anybody may be root among his own processes, where the kernel allows it.
if [ "$(id -u)" != 0 ] && unshare -rm true 2> /dev/null; then exec unshare -rm "$0" "$patchlaw"; fi
engine=$(dirname "$patchlaw")/patchlaw-engine
work=$(mktemp -d) || exit 1
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/checks.sh"
mkdir small empty both
disk() { # PAGES: an empty one of that size
    [ -z "$mounted" ] || umount "$mounted"
    mount -t tmpfs -o size=$((4 * $1))k none small 2> /dev/null || return 1
    mounted=$work/small
}
mounted=
disk 1 || { echo "skipped: a disk that fills: nothing can be mounted here"; exit 0; }

mkdir web
perl "$here/jpegs.pl" 200 web/00000.tar
mkdir -p sorted/train/a sorted/test/a
tar xf web/00000.tar -C sorted/train/a --wildcards '*.jpg'
rm sorted/train/a/*5.jpg # cut off, or another
mv sorted/train/a/*0.jpg sorted/test/a
tar czf sorted.tgz -C sorted train test # which is unpacked beside what is made of it

list() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2); }
fills() { # WHAT FULLS BEFORE VERB OPTION...: of disks larger and larger FULLS at least are too small
    what=$1 wanted=$2 before=$3
    shift 3
    rm -rf roomy
    cp -r "$before" roomy
    "$engine" data "$@" --data roomy > out 2>&1
    check "$what: with room: $(cat out)" "$?" 0
    fulls=0 status=5 pages=0
    while [ $status = 5 ] && [ $pages -lt 1000 ]; do
        pages=$((pages + 1))
        disk $pages
        cp -r "$before"/. small 2> /dev/null || continue
        "$engine" data "$@" --data small > out 2>&1
        status=$?
        [ $status = 5 ] || break
        fulls=$((fulls + 1))
        check_has "$what, $pages pages: the file and the cure" "$(cat out)" \
            "^data $1: small/.*: cannot .*: No space left on device; make room and call again\$"
        check "$what, $pages pages: nothing is left" "$(list small; ls -A small)" \
            "$(list "$before"; ls -A "$before")"
        mount -t tmpfs -o remount,size=64m none small
        "$engine" data "$@" --data small > out 2>&1
        check "$what, $pages pages, then room: $(cat out)" "$?" 0
        check "$what, $pages pages, then room: the same bytes" "$(list small)" "$(list roomy)"
    done
    check "$what: a disk that is large enough: $(cat out)" "$status" 0
    check "$what: the same bytes" "$(list small)" "$(list roomy)"
    check "$what: too small were $fulls" "$([ "$fulls" -ge "$wanted" ] || echo "fewer than $wanted")" ""
}
fills import 10 empty import sorted sorted
fills "import of an archive" 10 empty import sorted sorted.tgz
fills "import of pixels" 20 empty import sorted sorted --pixels 32
fills curate 5 empty curate web --name web
fills "curate of an archive" 10 empty curate sorted.tgz --name web
"$engine" data import sorted sorted --data both > out 2>&1
"$engine" data curate web --name web --data both > out 2>&1
fills mix 1 both mix sorted:0.5 web:0.5 --name mixed

# ---- a ledger on a disk that is full ----

record() { PATCHLAW_ENGINE=$engine PATCHLAW_LEDGER=small/ledger.db "$patchlaw" "$@" > out 2>&1; }
disk 2
record data curate web --name web --data recorded
check "no room for the record" "$?" 3
check_has "no room for the record: the cure" "$(cat out)" \
    'its record is not in the ledger (the same command again records it.*make room and call again'
mount -t tmpfs -o remount,size=64m none small
record data curate web --name web --data recorded
check "room for the record: $(cat out)" "$?" 0
record sql --csv 'SELECT name, sha256 FROM curation'
check "the record" "$(tail -n 1 out)" "web,$(sed -n 's/^sha256 //p' recorded/web/index.txt)"
finish
