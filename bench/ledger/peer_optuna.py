#!/usr/bin/env python3
"""peer_optuna.py commit|grid COUNT FILE: what Optuna does beside the ledger, as one number.

commit  intermediate values set one by one in its SQLite storage, a second
grid    seconds of COUNT trials of a grid whose objective does nothing

Exit status: 0 good, 77 Optuna is not there.
"""
import sys
import time

try:
    import optuna
except ImportError:
    sys.exit(77)


def commits(count, storage):
    study_id = storage.create_new_study([optuna.study.StudyDirection.MINIMIZE], "bench")
    trial_id = storage.create_new_trial(study_id)
    begin = time.perf_counter()
    for step in range(count):
        storage.set_trial_intermediate_value(trial_id, step, 0.3 + 2.0 / (1 + step))
    return count / (time.perf_counter() - begin)


def grid(count, storage):
    space = {"x": list(range(count))}
    study = optuna.create_study(storage=storage, sampler=optuna.samplers.GridSampler(space))
    begin = time.perf_counter()
    study.optimize(lambda trial: trial.suggest_int("x", 0, count - 1), n_trials=count)
    return time.perf_counter() - begin


def main():
    what, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    print({"commit": commits, "grid": grid}[what](count, storage))


main()
