/* upkeep/garbage.h - what lies beside a ledger and is of no use to any run.
 *
 * Nothing that the ledger names is ever among it, nor the ledger, nor a folder in which an engine
 * works (its file lock is held) or that belongs to a spool; links are neither followed nor removed.
 * The folder of a run is shared by all its attempts, so nothing in it is left over from one that
 * failed: its checkpoint is where the next one goes on.
 */
#ifndef LAB_GARBAGE_H
#define LAB_GARBAGE_H
#include "ledger/ledger.h"

typedef enum {
    LAB_GARBAGE_FOLDER,  /* of a run that the ledger does not know */
    LAB_GARBAGE_PARTIAL, /* a file that was being written more than an hour ago */
    LAB_GARBAGE_BACKUP,  /* before a migration, beyond the newest three */
} lab_garbage_kind;

typedef struct {
    lab_garbage_kind kind;
    char *path; /* owned */
    int64_t bytes;
    int64_t changed; /* unix seconds */
} lab_garbage_item;

typedef struct {
    lab_garbage_item *items; /* owned */
    isize count, capacity;
    char *shared; /* owned: another ledger in the folder, whose runs cannot be told; or NULL */
} lab_garbage;

LAB_CHECKED lab_status lab_garbage_find(lab_garbage *out, lab_ledger *ledger, lab_error *err);
void lab_garbage_finish(lab_garbage *garbage);

/* Removes one, after asking again whether it is garbage still; *removed tells. */
LAB_CHECKED lab_status lab_garbage_remove(const lab_garbage_item *item, lab_ledger *ledger,
                                          bool *removed, lab_error *err);
#endif
