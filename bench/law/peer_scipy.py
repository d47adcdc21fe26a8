#!/usr/bin/env python3
"""peer_scipy.py time|reached COUNT FILE: what SciPy does of the same searches, as one number.

time     seconds of one search, the mean of COUNT
reached  the share of COUNT searches that end within 1e-6 of the best objective, FILE's or their own

FILE holds numbers: rows, searches, whether searches have weights, delta, the best objective; low and
high bounds of theta = log E, log A, log B, alpha, beta; log N, log D and log L of each row; theta of
each search's start; then its weights, where there are some. COUNT of them are spread over FILE's.

Exit status: 0 good, 77 SciPy is not there.
"""
import sys
import time

try:
    import numpy as np
    from scipy.optimize import minimize
except ImportError:
    sys.exit(77)


def objective(theta, log_n, log_d, log_l, weight, delta):
    z = np.stack([np.full_like(log_n, theta[0]), theta[1] - theta[3] * log_n,
                  theta[2] - theta[4] * log_d])
    top = z.max(axis=0)
    part = np.exp(z - top)
    total = part.sum(axis=0)
    rest = log_l - top - np.log(total)
    size = np.abs(rest)
    cost = np.where(size <= delta, rest * rest / 2, delta * (size - delta / 2))
    slope = -weight * np.clip(rest, -delta, delta) * (part / total)
    gradient = np.array([slope[0].sum(), slope[1].sum(), slope[2].sum(),
                         -slope[1] @ log_n, -slope[2] @ log_d])
    return weight @ cost, gradient


def main():
    what, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    numbers = np.array(open(path).read().split(), dtype=float)
    rows, searches, weighted = (int(x) for x in numbers[:3])
    delta, best = numbers[3:5]
    low, high = numbers[5:10], numbers[10:15]
    at = 15 + 3 * rows
    log_n, log_d, log_l = np.ascontiguousarray(numbers[15:at].reshape(rows, 3).T)
    starts = numbers[at:at + 5 * searches].reshape(searches, 5)
    weights = (numbers[at + 5 * searches:].reshape(searches, rows) if weighted
               else np.ones((1, rows)))
    taken = [i * searches // count for i in range(count)]
    ends = []
    begin = time.perf_counter()
    for i in taken:
        end = minimize(objective, starts[i],
                       args=(log_n, log_d, log_l, weights[i % len(weights)], delta), jac=True,
                       method="L-BFGS-B", bounds=list(zip(low, high)),
                       options={"ftol": 1e-12, "gtol": 1e-10, "maxiter": 1000, "maxfun": 1000})
        ends.append(end.fun)
    seconds = (time.perf_counter() - begin) / count
    best = min(best, *ends) if len(ends) > 1 else min(best, ends[0])
    print(seconds if what == "time" else np.mean(np.array(ends) <= best * (1 + 1e-6)))


main()
