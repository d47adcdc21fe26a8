/* bench/ledger/peer.h - other programs: a peer's script, asked for one number at a time. */
#ifndef BENCH_LEDGER_PEER_H
#define BENCH_LEDGER_PEER_H
#include "base/error.h"

/* Turns that are enough for a peer whose turn takes half a minute. */
enum { BENCH_PEER_TURNS = 1 };

typedef struct {
    const char *name, *package; /* "optuna", "python3-optuna" */
    const char *python, *script;
} bench_peer;

/* Runs `python SCRIPT WHAT COUNT FILE`; *value is NaN where the peer, its Python or the script is
 * not there, which is said once of each peer. */
LAB_CHECKED lab_status bench_peer_ask(const bench_peer *peer, const char *what, int count,
                                      const char *file, double *value, lab_error *err);
/* Runs a program, its output thrown away; seconds of wall time. */
LAB_CHECKED lab_status bench_process(const char *const *words, double *seconds, lab_error *err);
#endif
