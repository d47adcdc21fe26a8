#!/usr/bin/env python3
"""The same training step by patchlaw and by PyTorch, turn by turn.

For each shape and precision: patchlaw-bench writes parameters, images and prefixes to a file, and
bench/peer_step.py reads them. Both say the loss of their first step, which must agree. Then they
take turns, and whoever does not measure is stopped, so that no thread of it runs. PyTorch is given
each of its thread settings once, and the two fastest go on. Exit status: 0 good, or PyTorch is not
there; 1 the losses differ; 3 a process failed.
"""
import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile

SHAPES = ["64", "128", "192", "384", "512", "768"]
TOLERANCE = {"fp32": 1e-5, "bf16": 1e-2}  # relative, of the loss
SETTINGS = [(1, 1), (2, 1), (1, 2), (2, 2)]  # threads of PyTorch and oneDNN; of OpenBLAS
SUITES = {"images_per_s": "step", "rss_beyond_16": "memory"}  # as patchlaw-bench names them
PER_PARAMETER = 16  # bytes of a value, its gradient and both moments
MEBI = 1024 * 1024


class Process:
    """A program that answers each line with a line of JSON, and sleeps in between."""

    def __init__(self, command, **environment):
        self.command = command
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **environment})
        self.hello = self.answer()

    def answer(self):
        line = self.child.stdout.readline()
        if not line:
            print(f"peer.py: {' '.join(self.command)} ended, status {self.child.wait()}",
                  file=sys.stderr)
            sys.exit(3)
        self.child.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def run(self, steps, *setting):
        self.child.send_signal(signal.SIGCONT)
        self.child.stdin.write(" ".join(str(word) for word in ("run", steps) + setting) + "\n")
        self.child.stdin.flush()
        return self.answer()

    def close(self):
        self.child.send_signal(signal.SIGCONT)
        self.child.stdin.close()
        self.child.wait()


class Side:
    """One program in one setting: images a second, turn by turn."""

    def __init__(self, process, batch, setting=(), seconds=1.0):
        self.process, self.batch, self.setting = process, batch, setting
        first = process.run(1, *setting)  # threads start, caches fill
        self.rss = first["rss"]
        self.steps = max(1, round(seconds / first["seconds"]))
        self.rates = [batch / first["seconds"]] if self.steps == 1 else []

    def measure(self):
        answer = self.process.run(self.steps, *self.setting)
        self.rates.append(self.batch * self.steps / answer["seconds"])

    def median(self):
        return statistics.median(self.rates)


def resident(bench, shape, precision, workers, recompute):
    """Bytes of a fresh patchlaw process, beyond those of its parameters."""
    command = [bench, "resident", shape, "--precision", precision, "--workers", str(workers)]
    out = subprocess.run(command + ["--recompute"] * recompute, check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    parameters, peak = (int(word) for word in out.split())
    return peak - PER_PARAMETER * parameters


class Report:
    """Rows in the schema of patchlaw-bench-1."""

    def __init__(self, head):
        self.head = head

    def add(self, program, shape, precision, workers, metric, unit, values, recompute=0, limit=None):
        self.head["rows"].append({
            "program": program, "suite": SUITES.get(metric, "peer"), "shape": shape, "precision": precision,
            "workers": workers, "recompute": recompute, "metric": metric, "unit": unit,
            "n": len(values), "median": statistics.median(values), "low": min(values),
            "high": max(values), "limit_name": limit and "pytorch", "limit": limit})


def compare_loss(shape, precision, ours, theirs):
    difference = abs(ours - theirs) / abs(theirs)
    good = difference <= TOLERANCE[precision]
    print(f"  loss: patchlaw {ours:.9g}, PyTorch {theirs:.9g}, relative difference "
          f"{difference:.1e} ({'within' if good else 'MORE THAN'} {TOLERANCE[precision]:.0e})",
          flush=True)
    return good


def compare(options, report, shape, precision):
    """One shape in one precision; the ratios, and whether the losses agree."""
    print(f"{shape} {precision}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "start.safetensors")
        ours = Process([options.bench, "serve", shape, "--precision", precision, "--workers",
                        str(options.workers), "--export", file])
        # Threads that wait for one another spin for a moment only: they may share a core.
        step = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_step.py")
        peer = Process([sys.executable, step, file, precision], GOMP_SPINCOUNT="20000")
    good = compare_loss(shape, precision, ours.hello["loss"], peer.hello["loss"])
    batch, name = ours.hello["batch"], ours.hello["shape"]
    mine = Side(ours, batch)
    sides = [Side(peer, batch, setting) for setting in SETTINGS]
    beyond = sides[0].rss - PER_PARAMETER * peer.hello["parameters"]
    for side in sides:
        if not side.rates:
            side.measure()
    single = sides[0]
    sides.sort(key=Side.median, reverse=True)
    for _ in range(options.repeats):
        for side in [mine] + sides[:2]:
            side.measure()
    ours.close()
    peer.close()
    best = max(sides, key=Side.median)
    ratios = {"speed": mine.median() / best.median()}
    settings = ", ".join(f"{t}/{b} threads {side.median():.4g}"
                         for side in sides for t, b in [side.setting])
    print(f"  images/s: patchlaw {mine.median():.4g}, PyTorch {settings}; "
          f"ratio {ratios['speed']:.2f}", flush=True)
    report.add("patchlaw", name, precision, options.workers, "images_per_s", "images/s",
               mine.rates, limit=best.median())
    report.add("pytorch", name, precision, 1, "images_per_s", "images/s", single.rates)
    if best is not single:
        report.add("pytorch", name, precision, max(best.setting), "images_per_s", "images/s",
                   best.rates)
    report.add("pytorch", name, precision, 1, "rss_beyond_16", "MiB", [beyond / MEBI])
    for recompute, key in ((0, "memory"), (1, "recompute")):
        taken = resident(options.bench, shape, precision, options.workers, recompute)
        ratios[key] = taken / beyond
        report.add("patchlaw", name, precision, options.workers, "rss_beyond_16", "MiB",
                   [taken / MEBI], recompute, beyond / MEBI)
        print(f"  memory beyond 16 bytes a parameter{', recompute' * recompute}: patchlaw "
              f"{taken / MEBI:.0f} MiB, PyTorch {beyond / MEBI:.0f}; 1/{1 / ratios[key]:.1f}",
              flush=True)
    return ratios, good


def summarise(report, options, precision, rows):
    """The geometric mean of each ratio, and its worst."""
    for key, worst in (("speed", min), ("memory", max), ("recompute", max)):
        values = [ratios[key] for ratios in rows.values()]
        mean = math.exp(statistics.fmean(math.log(value) for value in values))
        shape = worst(rows, key=lambda shape: rows[shape][key])
        print(f"{precision} {key:<9} patchlaw / PyTorch: geometric mean {mean:.3f}, "
              f"worst {rows[shape][key]:.3f} ({shape})")
        report.add("patchlaw", None, precision, options.workers, f"{key}_ratio_to_pytorch", "x",
                   [mean], int(key == "recompute"))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shapes", nargs="*", default=SHAPES, help="widths (default: all six)")
    parser.add_argument("--bench", default="build/release/bin/patchlaw-bench", metavar="FILE")
    parser.add_argument("--json", metavar="FILE", help="write all rows there, too")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="turns of each side")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("--precision", choices=["fp32", "bf16"], help="that one alone")
    return parser.parse_args()


def head_of(bench):
    """What the machine is, and what it can do."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "head.json")
        subprocess.run([bench, "limit", "--repeats", "3", "--json", file], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(file) as text:
            return json.load(text)


def main():
    options = arguments()
    if subprocess.run([sys.executable, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode:
        print(f"skipped: {sys.executable} has no torch (Debian: apt-get install python3-torch)")
        return 0
    report, agree = Report(head_of(options.bench)), True
    for precision in [options.precision] if options.precision else ["fp32", "bf16"]:
        rows = {}
        for shape in options.shapes:
            rows[shape], good = compare(options, report, shape, precision)
            agree = agree and good
        summarise(report, options, precision, rows)
    if options.json:
        with open(options.json + ".partial", "w") as out:
            json.dump(report.head, out)
        os.replace(options.json + ".partial", options.json)
    if not agree:
        print("peer.py: the losses differ, so the ratios mean nothing", file=sys.stderr)
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
