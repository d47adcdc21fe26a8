/* launch/spool.h - a folder of event files on any filesystem, where a ledger cannot lie.
 *
 * A ledger needs locks and shared memory that a network filesystem does not have. A launcher with
 * a spool works on a ledger in memory instead, and writes down as lines whatever it records:
 *
 *   SPOOL/<12 digits>.sweep     a sweep, its cells in order; a run that is in no sweep has a file
 *                               of its own cell. Written whole under another name, then renamed.
 *   SPOOL/RUN/<N>.events        the run's N-th attempt: one claim line, then what happened.
 *                               Appended to by the launcher that made it, and by nobody else.
 *   SPOOL/RUN/<N>.orphaned      another launcher found that one dead, and took the run over
 *   SPOOL/RUN/...               the run's files: checkpoint, log, config
 *
 * Lines are those of launch/event.h. A launcher that starts reads all of them, so it may be killed
 * at any instant and started again on any machine that sees the folder. Lines are written as they
 * come and synced at each heartbeat, checkpoint and end; a last line without its LF is what a
 * killed writer left, and no damage.
 *
 * Several launchers may share a spool. A run belongs to whoever makes its next events file, and
 * the file appears with its first line by link(2), which one process alone can do, on NFS too.
 * A launcher of this host and boot is dead when its process is gone; one of another host when its
 * file has not grown while this launcher watched (lab_record_state says for how long), or when a
 * batch system has started that very job again since. No clock of another machine is compared with
 * one of this. A launcher that was taken for dead sees the mark at its next heartbeat, and stops.
 */
#ifndef LAB_SPOOL_H
#define LAB_SPOOL_H
#include "launch/record.h"
#include "ledger/ledger.h"

#define LAB_SPOOL_VERSION 1

/* A ledger in memory that holds what the spool says; what is recorded in it goes to the spool,
 * whose folder is made where it is missing. LAB_ERR_FORMAT names file and line. */
LAB_CHECKED lab_status lab_spool_open(lab_ledger **out, const char *folder, lab_error *err);
/* The same, of the cells of one file like SPOOL/<12 digits>.sweep alone, which may lie anywhere. */
LAB_CHECKED lab_status lab_spool_open_part(lab_ledger **out, const char *folder, const char *cells,
                                           lab_error *err);
/* Marks as dead whatever a job of a batch system still seems to work on, besides runs that are in
 * its queue: the jobs of the others are gone. */
LAB_CHECKED lab_status lab_spool_forsake(lab_ledger *ledger, const lab_sweep *queued,
                                         lab_error *err);
/* Reads what other launchers have written since, once a second at most. Nothing happens on a
 * ledger that has no spool. */
LAB_CHECKED lab_status lab_spool_refresh(lab_ledger *ledger, lab_error *err);

/* A sweep as a file of a spool, and back; *out is the caller's, also after a failure. A sweep
 * without file and name is a set of cells. */
LAB_CHECKED lab_status lab_spool_sweep_write(const lab_sweep *sweep, const char *path,
                                             lab_error *err);
LAB_CHECKED lab_status lab_spool_sweep_read(lab_sweep *out, const char *path, lab_error *err);
/* From the file's text, which is changed; path stands for it in messages. */
LAB_CHECKED lab_status lab_spool_sweep_parse(lab_sweep *out, const char *path, lab_text *text,
                                             lab_error *err);
/* Adds the cells that all lacks. */
void lab_spool_sweep_join(lab_sweep *all, const lab_sweep *more);
/* Records every sweep of a spool in a ledger, and how many there are. */
LAB_CHECKED lab_status lab_spool_sweeps(lab_ledger *ledger, const char *folder, int *sweeps,
                                        lab_error *err);
/* All cells of all sweeps of a spool, as a set of cells. LAB_ERR_MISSING: there is none. */
LAB_CHECKED lab_status lab_spool_cells(lab_sweep *out, const char *folder, lab_error *err);

/* ---- what record.c tells it; nothing happens on a ledger that has no spool ---- */

LAB_CHECKED lab_status lab_spool_planned(lab_ledger *ledger, const lab_sweep *sweep,
                                         lab_error *err);
/* Inside the claim's transaction: *won is false where another launcher was faster. */
LAB_CHECKED lab_status lab_spool_claimed(lab_ledger *ledger, const lab_cell *cell,
                                         int64_t attempt_id, const char *input, bool redo,
                                         bool *won, lab_error *err);
/* What an engine said, or the launcher; of attempts of this process alone. */
LAB_CHECKED lab_status lab_spool_said(lab_ledger *ledger, int64_t attempt_id, const lab_event *line,
                                      lab_error *err);
LAB_CHECKED lab_status lab_spool_started(lab_ledger *ledger, int64_t attempt_id, int64_t pid,
                                         lab_error *err);
/* LAB_ERR_LEDGER: another launcher took this one for dead. */
LAB_CHECKED lab_status lab_spool_beat(lab_ledger *ledger, int64_t attempt_id, int64_t step,
                                      lab_error *err);
LAB_CHECKED lab_status lab_spool_ended(lab_ledger *ledger, int64_t attempt_id,
                                       const lab_ending *ending, lab_error *err);
LAB_CHECKED lab_status lab_spool_orphaned(lab_ledger *ledger, int64_t attempt_id, lab_error *err);
#endif
