/* launch/engine.h - patchlaw-engine as a child process. */
#ifndef LAB_ENGINE_H
#define LAB_ENGINE_H
#include "base/text.h"
#include "sweep/sweep.h"
#include <sys/types.h>

typedef struct {
    char *program; /* path of patchlaw-engine; owned */
    char *data;    /* folder of data sets; owned */
} lab_engine;

/* $PATCHLAW_ENGINE, else beside the running program, else on PATH. data NULL: $PATCHLAW_DATA,
 * else "data". lab_engine_finish frees it, also after a failure. */
LAB_CHECKED lab_status lab_engine_init(lab_engine *out, const char *data, lab_error *err);
void lab_engine_finish(lab_engine *engine);

/* Runs a short command (words[0] is filled in with the program, the last is NULL) and collects
 * both of its outputs. LAB_ERR_IO where it cannot be run, or ends by a signal: *exit_code is then
 * -1. */
LAB_CHECKED lab_status lab_engine_ask(const lab_engine *engine, const char **words, lab_text *out,
                                      lab_text *complaint, int *exit_code, lab_error *err);

/* Starts a run: its events come from *events, its standard error is appended to the file log.
 *
 * The engine works once a byte is written to *gate, and never where that is closed instead, or the
 * launcher dies: nobody knows of an engine that is not written down, and would start another.
 *
 * The child leads its own process group, so that an interrupt typed at the terminal reaches the
 * launcher alone, which then asks every engine to stop. When the launcher dies the child gets
 * SIGTERM (PR_SET_PDEATHSIG): it writes a checkpoint and ends, and the next launcher waits for it.
 * SIGTERM and SIGINT are blocked until the engine is ready for them and unblocks them itself, so
 * that one that comes early is not lost and not fatal. */
LAB_CHECKED lab_status lab_engine_start(const lab_engine *engine, const char **words,
                                        const char *log, pid_t *pid, int *events, int *gate,
                                        lab_error *err);

/* The engine's data sets, for lab_sweep_read. engine is borrowed. */
lab_data_source lab_engine_data(lab_engine *engine);
#endif
