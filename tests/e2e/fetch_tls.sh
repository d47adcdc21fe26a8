#!/bin/sh
# fetch_tls.sh PATCHLAW - data fetch verifies certificates, against https ports of its own on loopback
# whose certificates are made on the spot: one that an authority signed, and all that must be refused;
# and hosts that cannot be reached. Each row ends in a state with its reason, and is asked for no more
# often than may help.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: fetch_tls.sh PATCHLAW}")
python=/usr/bin/python3
for program in $python openssl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
# Only root may mount; anybody may be root among his own processes, where the kernel allows it.
if [ "$(id -u)" != 0 ] && unshare -rm true 2> /dev/null; then exec unshare -rm "$0" "$patchlaw"; fi
export PATCHLAW_ENGINE="${PATCHLAW_ENGINE:-$(dirname "$patchlaw")/patchlaw-engine}"
work=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/checks.sh"
skipped=0

# ---- certificates, and a server that has them ----

mkdir server
certify() { # NAME OPTION...: key and certificate, or a request for one
    name=$1
    shift
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$name.key" \
        -out "$name.crt" -subj "/CN=$name" -days 2 "$@" 2>> openssl.log
}
leaf() { # NAME HOST DAYS: signed by ours, good from now on for that long
    certify "$1" -new -addext "subjectAltName=$2"
    openssl x509 -req -in "$1.crt" -CA ours.crt -CAkey ours.key -CAcreateserial -copy_extensions copy \
        -days "$3" -out "$1.signed" 2>> openssl.log
    cat "$1.key" "$1.signed" > "server/$1.pem"
}
certify ours -x509
certify theirs -x509
certify self -x509 -addext subjectAltName=IP:127.0.0.1
cat self.key self.crt > server/self.pem
leaf good IP:127.0.0.1 2
leaf expired IP:127.0.0.1 -1
leaf other DNS:other.example 2
: > server/asked
$python "$here/fetch_server.py" server & server=$!
tries=0
until [ -e server/port ] || [ $tries -ge 300 ]; do tries=$((tries + 1)); sleep 0.05; done
[ -e server/port ] || { echo "FAILED no server: $(cat openssl.log)"; exit 1; }
at() { echo "127.0.0.1:$(cat "server/$1")"; }

fetch() { "$patchlaw" data fetch "$@" --allow-private=127.0.0.1 --retries 2 --backoff 0.05; }
said() { tail -n +3 "$1/00000.tsv" | awk -F '\t' '{ print $3 ($7 == "" ? "" : ": " $7) }'; } # states, with detail
samples() { tar tf "$1/00000.tar" | grep -c 'jpg$'; }

# ---- what is accepted, and what is not ----

long=$(printf %064d 0) # longer than a part of a name may be, so that nobody is asked for it
{
    echo url
    for url in "$(at good.port)/ok/1" "$(at good.port)/hop/2" "$(at self.port)/ok/3" \
        "$(at expired.port)/ok/4" "$(at other.port)/ok/5" "$(at hangup.port)/ok/6" \
        "$(at port)/ok/7" "$(at good.port)/plain/8" 127.0.0.1:1/refused "$long.invalid/nobody"; do
        echo "https://$url"
    done
    echo "http://$(at port)/ok/9"
    echo "http://$(at port)/tls/10"
} > list.csv
fetch list.csv --out ours --ca-file ours.crt --json > counts 2> err
check "a list of all kinds: $(cat err)" "$?" 0
check "each row's state" "$(said ours)" "ok
ok
tls: certificate not trusted: self-signed
tls: certificate expired
tls: certificate of another host
cut_short: in the TLS handshake
tls: no version of TLS that both sides speak
redirects: from https to http
connect
dns
ok
redirects: from https to http"
check "what was not verified is not kept" "$(samples ours)" 3
# Three that may end otherwise another time are tried three times each.
check "nothing is asked for in vain" "$($python -c "import json; print(json.load(open('counts'))['now']['downloads'])")" 18
check "a handshake is tried again" "$(grep -c handshake server/asked)" 3
check "nothing is asked of whom is not trusted" "$(grep -c -E '/ok/[3-8]' server/asked)" 0

# ---- reasons and cures ----

mkdir sets
refused() { # WHAT STATUS PATTERN COMMAND...
    what=$1 status=$2 pattern=$3
    shift 3
    "$@" > out 2> err
    check "$what: status" "$?" "$status"
    check_has "$what" "$(cat out err)" "$pattern"
}
good="https://$(at good.port)"
printf 'url\n%s/ok/1\n' "$good" > one.csv
for trust in "" "--ca-file theirs.crt"; do # the system's authorities, or another's
    rm -rf one
    # shellcheck disable=SC2086 # an option, or none
    refused "an unknown authority ($trust)" 0 'an authority of your own is missing, --ca-file FILE --again tls' \
        fetch one.csv --out one $trust
    check "its state ($trust)" "$(said one)" "tls: certificate not trusted: signed by an unknown authority"
done
fetch one.csv --out one --ca-file ours.crt --again tls > out 2>&1
check "tried again with its authority: $(cat out)" "$(said one)" ok
refused "no such file" 2 '--ca-file: none.crt: No such file' fetch one.csv --out none --ca-file none.crt
echo nothing > empty.crt
refused "a file without certificates" 2 'empty.crt: no certificates in PEM form' \
    fetch one.csv --out empty --ca-file empty.crt
refused "a file without certificates, then a good one" 0 'ok .* 1 ' fetch one.csv --out empty --ca-file ours.crt
refused "a known data set" 3 'unknown authority.*--ca-file' fetch imagenette-160 --out sets --mirror "$good/404"
refused "a known data set, trusted" 3 'refused by the server (HTTP 404)' \
    fetch imagenette-160 --out sets --mirror "$good/404" --ca-file ours.crt

# Nothing of the environment trusts anybody, or takes trust away.
for settings in "SSL_CERT_FILE=$work/ours.crt" "CURL_CA_BUNDLE=$work/ours.crt" "SSL_CERT_DIR=$work" \
    "HOME=$work CURL_HOME=$work"; do
    echo insecure > .curlrc
    rm -rf one
    # shellcheck disable=SC2086 # settings
    env $settings "$patchlaw" data fetch one.csv --out one --allow-private > out 2>&1
    check "$settings changes nothing" "$(said one)" "tls: certificate not trusted: signed by an unknown authority"
done

# ---- a system without authorities, a machine without a network ----

if [ -d /etc/ssl/certs ] && unshare -m mount -t tmpfs none /etc/ssl/certs 2> /dev/null; then
    bare() { unshare -m sh -c 'mount -t tmpfs none /etc/ssl/certs && exec "$@"' - "$patchlaw" data fetch "$@"; }
    refused "no authorities" 3 'package ca-certificates), or name a file of them with --ca-file' \
        bare one.csv --out bare --allow-private
    refused "no authorities but ours" 0 'ok .* 1 ' bare one.csv --out bare --allow-private --ca-file ours.crt
else
    skipped=1
    echo "skipped: a system without authorities needs mount"
fi
printf 'url\nhttps://%s.invalid/a\nhttp://127.0.0.1:1/b\n' "$long" > unreached.csv
refused "nobody is there" 0 'is the network there?' fetch unreached.csv --out unreached
refused "nobody is there, and may be later" 0 'again transient' fetch unreached.csv --out unreached
refused "a known data set, and nobody is there" 3 'no address for the host, .*is the network there?.*--mirror' \
    fetch cifar10 --out sets --mirror "https://$long.invalid"
refused "a known data set, refused" 3 'no connection, .*is the network there?.*--mirror' \
    fetch cifar10 --out sets --mirror "https://127.0.0.1:1"
refused "several, and nobody is there: each is told" 3 'imagenette2-320.tgz: no connection' \
    fetch cifar10 imagenette --out sets --mirror "https://127.0.0.1:1"
check_has "several: the first, too" "$(cat err)" 'cifar-10-binary.tar.gz: no connection'
check "nothing is kept of them" "$(find sets -type f)" ""

printf '%d passed, %d failed, %d skipped\n' $((checks - failures)) "$failures" "$skipped"
[ "$failures" -eq 0 ]
