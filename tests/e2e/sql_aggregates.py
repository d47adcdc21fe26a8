"""sql_aggregates.py EXTENSION - the aggregates of patchlaw_sql.so against plain formulae."""
import json
import math
import random
import sqlite3
import sys

M64 = (1 << 64) - 1


def mix(x):
    x = (x + 0x9E3779B97F4A7C15) & M64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M64
    return x ^ (x >> 31)


def moments(x, y):
    mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
    return tuple(math.fsum((a - p) * (b - q) for a, b in zip(u, v))
                 for u, p, v, q in ((x, mx, x, mx), (y, my, y, my), (x, mx, y, my)))


def corr(x, y):
    xx, yy, xy = moments(x, y)
    return xy / math.sqrt(xx * yy)


def ranks(x):
    return [sum(b < a for b in x) + (sum(b == a for b in x) + 1) / 2 for a in x]


def kendall(x, y):
    def sign(a):
        return (a > 0) - (a < 0)
    pairs = [(sign(x[i] - x[j]), sign(y[i] - y[j])) for i in range(len(x)) for j in range(i)]
    return sum(a * b for a, b in pairs) / math.sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs))


def residuals(x, z):
    xz, zz = sum_xy(x, z), sum_xy(z, z)
    mx, mz = math.fsum(x) / len(x), math.fsum(z) / len(z)
    return [a - mx - xz / zz * (c - mz) for a, c in zip(x, z)]


def sum_xy(x, y):
    return moments(x, y)[2]


def partial(x, y, z):
    return corr(residuals(x, z), residuals(y, z))


def student_beyond(t, df, steps=20000):
    """P(|T| > t): sin(u)^(df - 1) over the angle u with cot u = |t| / sqrt(df), by Simpson's rule."""
    def area(end):
        h = end / steps
        return h / 3 * math.fsum((1 if i in (0, steps) else 4 if i % 2 else 2) * math.sin(i * h) ** (df - 1)
                                 for i in range(steps + 1))
    return area(math.atan2(math.sqrt(df), abs(t))) / area(math.pi / 2)


def quantile(x, p):
    x, place = sorted(x), p * (len(x) - 1)
    low = int(place)
    return x[low] + (place - low) * (x[min(low + 1, len(x) - 1)] - x[low])


def bootstrap(x, level):
    x = sorted(x)
    means = []
    for draw in range(2000):
        start = mix((mix(0) + draw) & M64)
        places = (int((mix((start + i) & M64) >> 11) * 2.0**-53 * len(x)) for i in range(len(x)))
        means.append(math.fsum(x[place] for place in places) / len(x))
    return quantile(means, (1 - level) / 2), quantile(means, (1 + level) / 2)


def near(what, got, want):
    if not math.isclose(got, want, rel_tol=1e-11, abs_tol=1e-12):
        sys.exit(f"{what}: got {got!r}, want {want!r}")


db = sqlite3.connect(":memory:")
db.enable_load_extension(True)
db.load_extension(sys.argv[1])
db.create_function("sin", 1, math.sin)
random.seed(7)
compared = 0
for n in (5, 6, 20, 101):
    x = [round(random.lognormvariate(0, 1), 1) + 0.1 for _ in range(n)]  # with ties
    y = [2 * a**0.7 + random.random() for a in x]
    db.execute("DROP TABLE IF EXISTS t")
    db.execute("CREATE TABLE t (x, y)")
    db.executemany("INSERT INTO t VALUES (?, ?)", list(zip(x, y)) + [(None, 1), (1, None)])

    def ask(expression):
        return db.execute(f"SELECT {expression} FROM t WHERE x IS NOT NULL AND y IS NOT NULL").fetchone()[0]

    near("corr", ask("corr(x, y)"), corr(x, y))
    near("corr with NULLs", db.execute("SELECT corr(x, y) FROM t").fetchone()[0], corr(x, y))
    near("spearman", ask("spearman(x, y)"), corr(ranks(x), ranks(y)))
    near("kendall", ask("kendall(x, y)"), kendall(x, y))
    z = [math.sin(a) for a in y]
    near("partial_corr", ask("partial_corr(x, y, sin(y))"), partial(x, y, z))
    near("rank_partial", ask("rank_partial(x, y, sin(y))"), partial(ranks(x), ranks(y), ranks(z)))
    xx, yy, xy = moments(x, y)
    near("slope", ask("slope(x, y)"), xy / xx)
    for p in (0, 0.1, 0.5, 0.99, 1):
        near("quantile", ask(f"quantile(y, {p})"), quantile(y, p))
    for level in (0.5, 0.95):
        for got, want in zip(json.loads(ask(f"bootstrap_ci(y, {level})")), bootstrap(y, level)):
            near("bootstrap_ci", got, want)
    for level in (0.5, 0.95):
        low, high = json.loads(ask(f"mean_ci(y, {level})"))
        near("mean_ci's middle", (low + high) / 2, math.fsum(y) / n)
        t = (high - low) / 2 / math.sqrt(yy / (n - 1) / n)
        near("mean_ci's level", 1 - student_beyond(t, n - 1), level)
    near("mean_ci's default", json.loads(ask("mean_ci(y)"))[0], json.loads(ask("mean_ci(y, 0.95)"))[0])
    groups = [[b for a, b in zip(x, y) if (a > x[0]) == which] for which in (False, True)]
    welch = ask(f"welch(y, x > {x[0]})")
    if min(len(g) for g in groups) < 2:
        near("welch of one", welch is None, True)
    else:
        welch = json.loads(welch)
        a, b = groups
        part_a, part_b = (sum_xy(g, g) / (len(g) - 1) / len(g) for g in groups)
        se = math.sqrt(part_a + part_b)
        df = se**4 / (part_a**2 / (len(a) - 1) + part_b**2 / (len(b) - 1))
        delta = math.fsum(b) / len(b) - math.fsum(a) / len(a)
        near("delta", welch["delta"], delta)
        near("p", welch["p"], student_beyond(delta / se, df))
        near("middle", (welch["low"] + welch["high"]) / 2, delta)
        near("level", student_beyond((welch["high"] - delta) / se, df), 0.05)
        near("n_a, n_b", welch["n_a"] * 1000 + welch["n_b"], len(a) * 1000 + len(b))
        compared += 1
    law = json.loads(ask("power_law(x, y)"))
    lx, ly = [math.log(a) for a in x], [math.log(b) for b in y]
    xx, yy, xy = moments(lx, ly)
    near("b", law["b"], xy / xx)
    near("a", law["a"], math.exp((math.fsum(ly) - xy / xx * math.fsum(lx)) / n))
    near("r2", law["r2"], xy * xy / (xx * yy))
    near("n", law["n"], n)
if not compared:
    sys.exit("welch compared nothing")
