#!/bin/sh
# An engine that computes nothing and speaks the protocol of include/wire: for tests of the
# launcher. It keeps its step in checkpoint.safetensors and resumes from it, sending old points
# again, as the real one does. FAKE_DELAY is the time of a step in seconds. Some seeds misbehave:
# 90 fails, 91 dies by a signal, 92 diverges, 93 speaks nonsense, 94 ends without its last line,
# 95 gets worse from step 8 on, 97 is worse from the start, 96 has a curve that is not finite.
# With FAKE_PLANS a plan takes a second, and is noted in that file.
# FAKE_START is a time in seconds in which SIGTERM is let through, but not caught yet; FAKE_OPEN one
# before it locks its folder. Two engines in one folder are refused, and noted in the file overlap.
# FAKE_SHA256 is the content hash of every data set.
# FAKE_BYTES is what a checkpoint takes besides; one that cannot be written is for want of room.

tab=$(printf '\t')
line() { (IFS=$tab; printf '%s\n' "$*"); }
fail() { echo "fake engine: $1" >&2; exit "${2:-2}"; }

# The launcher starts a run with SIGTERM and SIGINT blocked; not every shell leaves it so, and none
# can lock. The lock is descriptor 9, which what runs for long must not inherit.
case $1 in
train | probe)
    if [ -z "$FAKE_LOCKED" ]; then
        for word; do [ "$last" = --out ] && out=$word; last=$word; done
        FAKE_LOCKED=1 exec perl -MPOSIX -MFcntl=:flock -e '
            my ($out, $both) = (shift, POSIX::SigSet->new(SIGINT, SIGTERM));
            sigprocmask(SIG_BLOCK, $both);
            select undef, undef, undef, $ENV{FAKE_OPEN} || 0;
            open my $lock, ">>", "$out/lock" or die "$out/lock: $!\n";
            if (!flock $lock, LOCK_EX | LOCK_NB) {
                open my $overlap, ">>", "$out/overlap";
                print $overlap "$$\n";
                print STDERR "fake engine: another engine is at work in $out\n";
                POSIX::_exit(3);
            }
            dup2(fileno $lock, 9);
            sigprocmask(SIG_UNBLOCK, $both);
            exec @ARGV' "$out" "$0" "$@"
    fi
    ;;
esac
nap() { sleep "$1" 9>&-; }

command=$1
shift
if [ "$command" = data ]; then
    for name; do :; done
    [ "$name" = missing ] && fail "data set missing: no such folder" 3
    hash=$(printf %s "$name" | sha256sum | cut -c 1-64)
    printf '{"name":"%s","sha256":"%s"}\n' "$name" "${FAKE_SHA256:-$hash}"
    exit 0
fi
while [ $# -gt 0 ]; do
    case $1 in
    --config) config=$2 ;; --data) data=$2 ;; --out) out=$2 ;; --trunk) trunk=$2 ;;
    --workers) workers=$2 ;; --seconds) : ;; *) fail "unknown option $1" ;;
    esac
    shift 2
done
value() { sed -n "s/^$1: //p" "$config"; }
seed=$(value seed) task=$(value task)
steps=4 batch=4 worse=0
[ "$task" = probe ] || steps=$(value optim.steps) batch=$(value optim.batch_images)
width=$(value model.width) hash=$(sha256sum < "$config" | cut -c 1-64)

model() { line model $((width * width * 48)) $((width * width * 60)) 49 $((width * 1000)) \
               $((width * 64000)) $((width * 64000 * steps)) "$steps" $((steps * $batch)) \
               $((steps * $batch * 49)); }
case $command in
plan) [ -n "$FAKE_PLANS" ] && { echo "$width" >> "$FAKE_PLANS"; sleep 1; }
    model; exit 0 ;;
calibrate)
    [ "$task" = probe ] && fail "cannot calibrate a probe"
    line progress 1 "$steps" 1234.5; line progress 2 "$steps" $((2000 * ${workers:-2})); exit 0 ;;
train | probe) ;;
*) fail "unknown command $command" ;;
esac

echo "$$" >> "$out/pids"
[ -n "$FAKE_START" ] && nap "$FAKE_START"
echo "fake engine: $command, seed $seed, $workers workers, data $data" >&2
file=$out/checkpoint.safetensors
step=0
[ -f "$file" ] && [ "$task" = pretrain ] && step=$(cat "$file")
line hello 2 0.0 fake 0 "sh" "no cpu" none none none "$(uname -n)" "$workers"
line data train "$(value data.name)" "$(value data.sha256)" 60000 10
model
line resume "$step"

checkpoint() {
    head -c "${FAKE_BYTES:-0}" /dev/zero > "$out/padding" &&
        echo "$step" > "$file.partial" && mv "$file.partial" "$file" ||
        { rm -f "$out/padding" "$file.partial"; fail "$file: cannot be written" 5; }
    line artifact checkpoint "$step" "$(wc -c < "$file")" \
        "$(sha256sum < "$file" | cut -c 1-64)" checkpoint.safetensors
}
stop() { checkpoint; line end stopped "$step" "asked to stop"; exit 4; }
trap stop TERM INT

if [ "$task" = probe ]; then
    if [ -n "$trunk" ] && [ ! -f "$trunk" ]; then fail "$trunk: no such file" 3; fi
    line progress 3 4 100
    [ -n "$FAKE_DELAY" ] && nap "$FAKE_DELAY"
    for tap in block.0 block.1; do
        for kind in linear attentive; do
            layer=${tap#block.}
            line probe $tap "$layer" $kind 0.001 0.05 0 650 val 500 0.5$layer 0.9 1.2 0
            line probe $tap "$layer" $kind 0.003 0.05 0 650 val 500 0.6$layer 0.9 1.1 1
            line probe $tap "$layer" $kind 0.003 0.05 0 650 test 1000 0.6$layer 0.9 1.15 1
        done
    done
    line usage 4 0.1 0.1 1000000
    line end done 4 "all steps"
    exit 0
fi

i=1
while [ "$i" -le "$step" ]; do line point "$i" train loss "$((1000 - i)).25"; i=$((i + 1)); done
while [ "$step" -lt "$steps" ]; do
    [ -n "$FAKE_DELAY" ] && nap "$FAKE_DELAY"
    step=$((step + 1))
    if [ "$step" -ge 3 ]; then
        case $seed in
        90) echo "disk on fire" >&2; exit 3 ;;
        91) kill -SEGV $$ ;;
        92) line point "$step" train loss nan; line end diverged "$step" "loss is nan"; exit 1 ;;
        93) line point "$step" train loss twelve ;;
        94) exit 0 ;;
        esac
    fi
    [ "$seed" = 97 ] && worse=9
    [ "$seed" = 95 ] && [ "$step" -ge 8 ] && worse=1000
    [ "$seed" = 96 ] && line point "$step" train noise nan
    line point "$step" train loss "$((1000 + worse - step)).25"
    line progress "$step" "$steps" 640
    [ $((step % 5)) -eq 0 ] && [ "$step" -lt "$steps" ] && checkpoint
done
line point "$step" val loss_causal "0.$((100000 - width))"
line point "$step" val loss_prefix "0.$((200000 - width))"
checkpoint
line usage "$step" 1.5 1.25 12345678
line end done "$step" "all steps"
