# crash.pl SEED KILLS FOLDER SEEN COMMAND... - runs the command in FOLDER until it exits with 0,
# and kills it, an engine below it, or both, at random instants until KILLS are spent.
#
# After each kill every process that the command left must end by itself; then what FOLDER's ledger
# holds is appended to SEEN (by the shell command in $ACKNOWLEDGED), and a look at it (the one in
# $LOOK) must leave no attempt that runs. Most kills come within $SPAN seconds after an engine was
# seen. Prints the number of kills; "FAILED ..." and exit 1 where
# something is wrong.
use strict;
use warnings;
use Time::HiRes qw(sleep time);

my ($seed, $kills, $folder, $seen, @command) = @ARGV;
my ($killed, $calls, %hit) = (0, 0);
srand $seed;

sub fail { print "FAILED (call $calls, seed $seed): @_\n"; kill KILL => below(); exit 1 }

# Whatever runs in FOLDER: [pid, its words].
sub processes {
    my @found;
    for my $proc (glob "/proc/[0-9]*") {
        my $cwd = readlink "$proc/cwd" or next;
        next unless $cwd eq $folder;
        open my $file, "<", "$proc/cmdline" or next;
        local $/;
        my $words = <$file> // "";
        push @found, [$proc =~ /(\d+)/, $words] if length $words; # none: a zombie
    }
    return @found;
}
sub below { return map { $$_[0] } processes() }
# An engine leads its process group; what it starts itself looks like it, and is none.
sub engines { return grep { (getpgrp $_) == $_ } map { $$_[0] } grep { $$_[1] =~ /\0--out\0/ } processes() }

sub until_gone {
    my $until = time + 60;
    while (my @left = processes()) {
        fail("left running: " . join "; ", map { "$$_[0] $$_[1]" } @left) if time > $until;
        sleep 0.005;
    }
}

sub start {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    chdir $folder or die "$folder: $!";
    open STDOUT, ">>", "said" or die;
    open STDERR, ">&", \*STDOUT or die;
    exec @command or die "$command[0]: $!";
}

sub note { # a launcher may have died before it made the ledger
    return unless -s "$folder/runs/ledger.db";
    system("$ENV{ACKNOWLEDGED} >> '$seen'") == 0 or fail("the ledger cannot be read");
    my $running = `$ENV{LOOK}`;
    fail("running after all is gone: $running") if $running =~ /[1-9]/;
}

# Most kills come while runs run, some while the ledger is opened and the sweep noted.
sub wait_for_instant {
    my $launcher = shift;
    return sleep rand 0.06 if rand() < 0.25;
    sleep 0.005 until engines() || ended($launcher);
    sleep rand $ENV{SPAN};
}
sub ended { # a zombie has no words
    open my $file, "<", "/proc/$_[0]/cmdline" or return 1;
    return !defined <$file>;
}

while (1) {
    my $launcher = start();
    my ($strike, $both) = ($killed < $kills, 0);
    $calls++;
    if ($strike) {
        wait_for_instant($launcher);
        my @engines = engines();
        my $die = @engines ? rand : 0.5; # no engine: the launcher
        if ($die < 0.25 && @engines) {
            my $one = $engines[rand @engines];
            if (kill KILL => $one) { $killed++; $hit{"one engine"}++ }
            sleep rand 0.2;
        }
        my @victims = $die < 0.25 ? () : $die < 0.75 ? $launcher : ($launcher, @engines);
        # Half of the calls whose engine was killed live on, and see it; the others end soon after.
        @victims = ($launcher) if !@victims && rand() < 0.5;
        $both = @victims > 1;
        kill KILL => @victims if @victims;
    }
    waitpid $launcher, 0;
    my ($signal, $code) = ($? & 127, $? >> 8);
    if ($signal) { $killed++; $hit{$both ? "launcher and engines" : "launcher"}++ }
    until_gone();
    note();
    fail("exit code $code") if !$signal && $code > 1;
    last if !$signal && $code == 0;
    fail("100 calls more than kills, and no end") if $calls > 100 + $kills;
}
print "$killed kills in $calls calls (", join(", ", map { "$_ $hit{$_}" } sort keys %hit), ")\n";
