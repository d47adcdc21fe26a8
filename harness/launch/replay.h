/* launch/replay.h - an attempt's events file of a spool, read into a ledger.
 *
 * The ledger is that of a launcher in memory, or any other into which spools are imported. Reading
 * a file again changes nothing; what it has grown by is added. Where attempts of several spools
 * worked on one cell, the one that the view runs shows - done, else claimed last - decides what
 * the cell's values are, in whatever order they are read; the others only fill gaps.
 */
#ifndef LAB_REPLAY_H
#define LAB_REPLAY_H
#include "base/text.h"
#include "ledger/ledger.h"

typedef struct {
    int64_t attempt_id; /* 0: the ledger does not hold it yet */
    int64_t cell_id;
    int64_t ordinal; /* of its file's name */
    int64_t bytes;   /* of whole lines, read so far */
    int64_t lines;   /* the same */
    bool ended;      /* its last line has been read */
    bool done;       /* and says so */
    bool over;       /* it has ended, or nothing more will come */
    bool added;      /* the ledger lacked it */
    bool batch;      /* its launcher is a job of a batch system */
    bool restarted; /* a batch system has started its launcher's job again since, as this process */
    bool known;     /* the ledger held all that was in the file */
    bool outranked; /* another attempt decides what the cell's values are */
    bool torn;      /* behind those lines stands one without its LF */
    char folder[64]; /* of the run, below the ledger's; how's at first, later what the ledger has */
} lab_replay;

typedef struct {
    const char *hash;   /* of the cell that the file must be of */
    const char *folder; /* of the run, for the ledger */
    bool beside;        /* with a point and 8 digits of the attempt's uuid behind it */
    bool over;          /* the attempt has ended, even where the file does not say so */
    bool watching;      /* its heart beats now, by this clock, if the file has grown */
} lab_replay_how;

/* Reads what replay has not read yet, in the caller's transaction. A file that is not there is an
 * empty one. An attempt without its first line is recorded while watching alone, as that of an
 * unknown host. LAB_ERR_FORMAT names file and line. */
LAB_CHECKED lab_status lab_replay_file(lab_replay *replay, lab_ledger *ledger, const char *path,
                                       const lab_replay_how *how, lab_error *err);
#endif
