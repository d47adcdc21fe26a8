#!/bin/sh
# fetch.sh PATCHLAW - data fetch against a server of its own on loopback, which stalls, lies, turns in
# circles and sends what nobody asked for; killed at random instants; a list that changes; a disk that
# fills. Each row ends in one state, and parts are the same bytes as those of an undisturbed fetch.
# KILLS and SEED may be set.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: fetch.sh PATCHLAW}")
python=/usr/bin/python3
[ -x $python ] || { echo "skipped: python3 is not installed"; exit 0; }
# Only root may mount; anybody may be root among his own processes, where the kernel allows it.
if [ "$(id -u)" != 0 ] && unshare -rm true 2> /dev/null; then exec unshare -rm "$0" "$patchlaw"; fi
export PATCHLAW_ENGINE="${PATCHLAW_ENGINE:-$(dirname "$patchlaw")/patchlaw-engine}"
seed=${SEED:-$(date +%s)}
kills=${KILLS:-8}
work=$(mktemp -d) || exit 1
mounted=
trap 'kill "$server"; [ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/checks.sh"
skipped=0

mkdir server
$python "$here/fetch_server.py" server & server=$!
tries=0
until [ -e server/port ] || [ $tries -ge 300 ]; do tries=$((tries + 1)); sleep 0.05; done
site=http://127.0.0.1:$(cat server/port)

become() { exec "$patchlaw" data fetch "$@"; }
fetch() { "$patchlaw" data fetch "$@"; } # what is fetched here is at 127.0.0.1, and nowhere else
states() { cut -f 3 "$1" | tail -n +3; }
field() { printf '%s' "$1" | $python -c "import json, sys; print(json.load(sys.stdin)$2)"; }
same() { # WHAT FOLDER FOLDER: the same parts, and nothing but parts
    check "$1: the same parts" "$(cd "$2" && sha256sum ./*.tar ./*.tsv)" "$(cd "$3" && sha256sum ./*.tar ./*.tsv)"
    check "$1: nothing is left over" "$(ls "$3" | grep -v -E '^[0-9]+\.(tar|tsv)$|^fetch.txt$|^lock$')" ""
}

# ---- every kind of answer ----

{
    echo 'uid,image_url,caption,want'
    while read -r want path; do
        case $path in
        /*) echo "a,$site$path,\"an \"\"$path\"\", seen\",$want" ;;
        *) echo "b,$path,,$want" ;;
        esac
    done << 'LIST'
ok /ok/1
ok /wide/2
not_jpeg /html
not_jpeg /png
not_jpeg /empty
http_4xx /404
http_5xx /500
ok /flaky/3
ok /429/4
rate_limited /429long
cut_short /short
truncated /long/5
redirects /loop
ok /hop/6
address /private
address /mapped
redirects /ftp
redirects /tofile
robots /noai
robots /noaius
ok /noaiother
too_large /huge
too_large /endless
protocol /garbage
stalled /stall
stalled /drip
stalled /silent
timeout /slow
connect http://127.0.0.1:1/refused
dns http://0000000000000000000000000000000000000000000000000000000000000000.invalid/no_name_so_long
address http://10.0.0.1/private
address http://[::1]/loopback
address http://0x7f000002/loopback
bad_url ftp://127.0.0.1/
bad_url file:///etc/passwd
bad_url nowhere
bad_url http://
bad_url
ok /ok/7 blanks and ü
LIST
} > kinds.csv
kinds() {
    fetch kinds.csv --map url=image_url --map text=caption --out kinds --retries 1 --backoff 0.05 \
        --stall 1 --timeout 4 --bytes-max 1M --allow-private=127.0.0.1 "$@"
}
kinds --json > said 2> err
check "every kind of answer" "$?" 0
states kinds/00000.tsv > got
tail -n +2 kinds.csv | sed 's/.*,//' > want
check "each row's state" "$(paste want got | awk '$1 != $2')" ""
check "as many rows as the list" "$(wc -l < got)" "$(wc -l < want)"
check "the summary counts them" "$(field "$(cat said)" "['states']['ok']")" "$(grep -c '^ok$' got)"
check "a reader of tars" "$($python - << 'PYTHON'
import hashlib, json, tarfile
files = [(m.name, tar.extractfile(m).read()) for tar in [tarfile.open("kinds/00000.tar")] for m in tar]
rows = [line.rstrip("\n").split("\t") for line in open("kinds/00000.tsv")][2:]
ok = [row for row in rows if row[2] == "ok"]
assert [name for name, _ in files] == [f"{row[1]}.{end}" for row in ok for end in ("jpg", "json", "txt")]
for row, at in zip(ok, range(0, len(files), 3)):
    image, sample, caption = (data for _, data in files[at:at + 3])
    sample = json.loads(sample)
    assert sample["url"] == row[7] and sample["sha256"] == row[5] == hashlib.sha256(image).hexdigest()
    assert sample["text"] == caption.decode() and sample["uid"] == "a" and sample["want"] == "ok"
    assert (sample["width"], sample["height"], sample["status"]) == (8, 6, "success"), sample
    assert sample["key"] == row[1] and len(image) == int(row[4])
print(len(ok), "samples")
PYTHON
)" "$(grep -c '^ok$' got) samples"
check "a list and parts that are done: nobody is asked" "$(: > server/asked; kinds > /dev/null; wc -l < server/asked)" 0

# ---- declared digests; JSONL; files ----

image=$(sed -n 3p kinds/00000.tsv | cut -f 6) # of /ok/1
tar xOf kinds/00000.tar 000000000.jpg > one.jpg
cat > digest.jsonl << LIST
{"url":"$site/ok/1","sha256":"$(echo "$image" | tr a-f A-F)","face_bboxes":[[0.1,0.2,0.3,0.4]],"score":1e-3}
{"sha256":"$image","url":"$site/ok/2"}

{"url":"file://$work/one.jpg","text":"caf\u00e9 \"x\""}
{"url":"file://$work"}
{"url":null}
LIST
gzip -k digest.jsonl
fetch digest.jsonl.gz --out digest --allow-private --allow-file > /dev/null
check "digests and files" "$(states digest/00000.tsv | tr '\n' ' ')" "ok hash ok file bad_url "
check "columns of JSON stay as they are" "$(tar xOf digest/00000.tar 000000000.json | cut -c 1-19,46-)" \
    "$(printf '{"url":"%s","face_bboxes":[[0.1,0.2,0.3,0.4]],"score":1e-3,"key":"000000000","status":"success","error_message":null,"width":8,"height":6,"sha256":"%s"}' "$site/ok/1" "$image" | cut -c 1-19,46-)"
check "a caption without its escapes" "$(tar xOf digest/00000.tar 000000002.txt)" 'café "x"'

# ---- what is refused ----

refused() { # WHAT STATUS PATTERN COMMAND...
    what=$1 status=$2 pattern=$3
    shift 3
    "$@" > out 2> err
    check "$what: status" "$?" "$status"
    check_has "$what" "$(cat err)" "$pattern"
}
sed '2s/^a/c/' kinds.csv > other.csv
refused "another list" 2 "holds a fetch of another list" fetch other.csv --map url=image_url --map text=caption --out kinds
refused "parts of another size" 2 "samples must stay" kinds --samples 7
refused "another map" 2 "map must stay" fetch kinds.csv --map url=image_url --out kinds
refused "a folder of something else" 2 "of no fetch" fetch kinds.csv --map url=image_url --out server
refused "no column url" 2 "no column url; there are uid, image_url" fetch kinds.csv --out none
refused "a bad row" 3 'bad.csv:3:5: 3 fields' fetch bad.csv --out none << LIST
$(printf 'url,n\na,b\na,b,c\n' > bad.csv)
LIST
check "a list that is refused leaves no folder" "$(ls -d none 2> /dev/null)" ""

# ---- killed ----

$python - "$site" > many.tsv << 'PYTHON'
import random, sys
random.seed(1)
print("url\ttext")
for i in range(120):
    kind = random.choice(["ok"] * 6 + ["wide", "html", "404", "hop", "noai"])
    print(f"{sys.argv[1]}/{kind}/{i}?{random.randrange(40)}\tnumber {i}")
PYTHON
many() { become many.tsv --samples 25 --parallel 12 --retries 0 --allow-private "$@"; }
begin=$(date +%s%N)
(many --out alone > /dev/null) || check "an undisturbed fetch" "$?" 0
took_us=$((($(date +%s%N) - begin) / 1000))
check "its parts" "$(ls alone | grep -c 'tar$')" 5
awk -v seed="$seed" -v us="$took_us" 'BEGIN { srand(seed)
    for (i = 0; i < 1000; i++) printf "%.6f\n", rand() * us / 2e6 }' > chances
killed=0
exec 3< chances
while [ $killed -lt "$kills" ]; do
    status=137
    rm -rf again
    while [ $status = 137 ]; do
        read -r delay <&3 || break 2
        many --out again > /dev/null 2> err &
        process=$!
        sleep "$delay"
        kill -KILL $process 2> /dev/null
        wait $process 2> /dev/null
        status=$?
        [ $status != 137 ] || killed=$((killed + 1))
    done
    check "killed (SEED=$seed): $(cat err)" "$status" 0
    same "killed $killed times (SEED=$seed)" alone again
done
: > server/asked
rm -rf again
many --out again > /dev/null 2> err &
process=$!
until [ "$(ls again 2> /dev/null | grep -c 'tsv$')" -ge 2 ]; do sleep 0.01; done
kill -TERM $process
wait $process
check "asked to stop" "$?" 4
check_has "asked to stop" "$(cat err)" "the same command goes on"
(many --out again > /dev/null 2>&1)
same "asked to stop" alone again
check "only what was under way is asked for twice" \
    "$(grep '?' server/asked | sort | uniq -c | awk '$1 > 1 { n++ } END { print (n > 12) }')" 0

# ---- tried again ----

sed 's,/404/,/later/,' many.tsv > later.tsv
later() { become later.tsv --samples 25 --parallel 12 --retries 0 --allow-private "$@"; }
(later --out later > /dev/null)
cp -r later sick
touch server/healed
(later --out healthy > /dev/null)
(later --out later > /dev/null)
same "finished parts stay" sick later
rm -rf killed
killed=0
while [ $killed -lt 3 ]; do
    cp -r sick killed
    read -r delay <&3 || break
    later --out killed --again transient > /dev/null &
    process=$!
    sleep "$(awk -v d="$delay" 'BEGIN { print d / 4 }')"
    kill -KILL $process 2> /dev/null
    wait $process 2> /dev/null
    killed=$((killed + 1))
    (later --out killed --again transient > /dev/null)
    same "killed while it tried again (SEED=$seed)" healthy killed
    rm -rf killed
done
(later --out later --again http_5xx > /dev/null)
same "tried again" healthy later

# ---- a disk that fills ----

mkdir small
if mount -t tmpfs -o size=400k none small 2> /dev/null; then
    mounted=$work/small
    sed 's,/ok/,/wide/,' many.tsv > wide.tsv
    wide() { become wide.tsv --samples 25 --parallel 12 --retries 0 --allow-private "$@"; }
    (wide --out whole > /dev/null)
    (wide --out small/it > /dev/null 2> err)
    check "a full disk" "$?" 5
    check_has "a full disk" "$(cat err)" "small/it/.*: cannot .*: No space left on device; make room and call again"
    mount -t tmpfs -o remount,size=64m none small
    (wide --out small/it > /dev/null 2> err)
    check "a disk with room again: $(cat err)" "$?" 0
    same "a disk with room again" whole small/it
    rm -rf small/it
    mount -t tmpfs -o remount,size=400k none small
    fetch cifar10 --out small/sets --allow-private --mirror "$site/endless" > out 2> err
    check "a full disk, a known data set: $(cat err)" "$?" 5
    check_has "a full disk, a known data set" "$(cat err)" "small/sets/.*: No space left on device; make room and call again"
    check "a full disk: nothing that is taken for whole" "$(find small/sets -name '*gz')" ""
else
    skipped=1
    echo "skipped: a disk that fills needs mount"
fi

# ---- known data sets ----

refused "a mirror that has it not" 3 "refused by the server" fetch imagenette-160 --out sets --allow-private --mirror "$site/404"
mkdir mirror && echo "something else" > mirror/cifar-10-binary.tar.gz
refused "a mirror that has another file" 3 "another file than is known" fetch cifar10 --out sets --mirror mirror
check "which is not kept" "$(find sets -type f)" ""
refused "a mirror that is not there" 2 "no folder of that name, and no URL" fetch cifar10 --out sets --mirror "$work/nowhere"
refused "a mirror of another kind" 3 "the scheme is not allowed,.* http or https" fetch cifar10 --out sets --mirror ftp://127.0.0.1/x
refused "a mirror next door" 3 "loopback,.*--allow-private" "$patchlaw" data fetch cifar10 --out sets --mirror "$site"
refused "a name that nobody knows" 2 "none of the known data sets cifar10, fashion-mnist" fetch cifar100 --out sets
refused "a list among names" 2 "one list at a time" fetch cifar10 kinds.csv --out sets
if [ -d /usr/share/datasets/fashion-mnist ]; then
    check_has "a package is found in place" "$(fetch fashion-mnist --out sets)" \
        "patchlaw data import fashion-mnist /usr/share/datasets/fashion-mnist --classes 'T-shirt/top,"
fi

printf '%d passed, %d failed, %d skipped\n' $((checks - failures)) "$failures" "$skipped"
[ "$failures" -eq 0 ]
