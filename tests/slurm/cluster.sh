#!/bin/sh
# cluster.sh start|stop|revive DIR - a Slurm cluster of two nodes on this host, for the test.
#
# Everything lies in DIR: configuration, key, state, logs and the pids of what was started, so that
# stop ends nothing else. Needs the packages slurm-wlm and munge, and no root. revive starts the
# daemons of nodes again that have died. The port of the controller is PORT, the nodes' follow it.
set -u
dir=$2
port=${PORT:-$((20000 + $$ % 20000))}
me=$(id -un) host=$(hostname -s)
export SLURM_CONF=$dir/slurm.conf

lives() { [ -s "$dir/$1.pid" ] && kill -0 "$(cat "$dir/$1.pid")" 2> /dev/null; }
until_true() { # command: for half a minute at most
    tries=0
    until "$@" > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "cluster.sh: waited in vain for: $*" >&2; return 1; }
        sleep 0.1
    done
}
usable() { [ "$(sinfo -h -N -o %T | grep -cE '^(idle|mixed|allocated)$')" = 2 ]; }
nodes() {
    for node in n0 n1; do
        lives $node || slurmd -N $node -f "$SLURM_CONF" || return 1
    done
    until_true usable
}
configure() {
    mkdir -p "$dir" && chmod 755 "$dir"
    (umask 077 && head -c 256 /dev/urandom > "$dir/key")
    # A short life of credentials lets a requeued job start soon; a short time-out finds dead nodes.
    cat > "$SLURM_CONF" << END
ClusterName=patchlaw
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$me
SlurmdUser=$me
AuthInfo=socket=$dir/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
KillWait=10
SlurmdTimeout=10
TmpFS=$dir/%n
NodeName=n0 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 RealMemory=1000
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 RealMemory=1000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}
start() {
    configure
    munged --key-file="$dir/key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
        --log-file="$dir/munged.log" --seed-file="$dir/munged.seed" || return 1
    until_true lives munged || return 1
    slurmctld -i -f "$SLURM_CONF" || return 1
    until_true scontrol ping || return 1
    nodes
}
end_process() { # NAME: by its pid file
    lives "$1" || return 0
    pid=$(cat "$dir/$1.pid")
    kill "$pid"
    tries=0
    while kill -0 "$pid" 2> /dev/null && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
    kill -KILL "$pid" 2> /dev/null
    return 0
}

case $1 in
start) start ;;
revive) nodes ;;
stop)
    scancel -u "$me" 2> /dev/null
    for name in n0 n1 slurmctld munged; do end_process $name; done
    ;;
*) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
