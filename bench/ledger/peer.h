/* bench/ledger/peer.h - peer_optuna.py, asked for one number at a time. */
#ifndef BENCH_LEDGER_PEER_H
#define BENCH_LEDGER_PEER_H
#include "bench/ledger/suites.h"

/* Turns that are enough for a peer whose turn takes half a minute. */
enum { BENCH_PEER_TURNS = 1 };

/* Runs `python peer_optuna.py WHAT COUNT FILE` on a fresh file in folder; *value is NaN where
 * Optuna, its Python or the script is not there, which is said once. */
LAB_CHECKED lab_status bench_peer_ask(const bench_ledger_request *request, const char *what,
                                      int count, const char *file, double *value, lab_error *err);
/* Runs a program, its output thrown away; seconds of wall time. */
LAB_CHECKED lab_status bench_process(const char *const *words, double *seconds, lab_error *err);
#endif
