/* ledger/internal.h - what the files of this folder share. */
#ifndef LAB_LEDGER_INTERNAL_H
#define LAB_LEDGER_INTERNAL_H
#include "base/embedded.h"
#include "ledger/ledger.h"
#include <signal.h>
#include <sqlite3.h>

struct lab_query {
    lab_ledger *ledger;         /* borrowed */
    sqlite3_stmt *statement;    /* owned */
    const lab_embedded *source; /* NULL for a person's own */
    lab_query *next;            /* in the ledger's list of compiled ones */
    bool open;                  /* lent out */
};

struct lab_ledger {
    sqlite3 *db;         /* owned */
    char *path, *folder; /* owned */
    lab_query *compiled; /* owned list */
    double deadline_s;   /* monotonic seconds; 0: none */
    double patience_s;   /* how long a statement waits for another process's lock */
    double waiting_s;    /* monotonic seconds: since when the present one does */
    bool reader;         /* opened for reading alone */
    bool scratch;        /* a copy: no backup before its migration */
    int value_max;       /* bytes that a value of this program's own statements may have */
    bool guarded;        /* what is compiled or run now is a person's own statement */
    volatile sig_atomic_t interrupted; /* the statement that runs shall end */
    char refused[128];                 /* what the guard refused last, or "" */
    void *attached;                    /* owned through finish; NULL: nothing */
    void (*finish)(void *attached);
};

/* Runs a script of several statements, of which no row is read. */
LAB_CHECKED lab_status lab_ledger_script(lab_ledger *ledger, const char *name, const char *text,
                                         lab_error *err);
/* Fills err with SQLite's last message: "LEDGER: what: message", and the cure where one is known.
 */
lab_status lab_ledger_fail(const lab_ledger *ledger, const char *what, lab_error *err);

/* Copies the ledger to LEDGER.schemaN.backup and says so on standard error. */
LAB_CHECKED lab_status lab_ledger_backup_schema(lab_ledger *ledger, int64_t version,
                                                lab_error *err);
/* Brings the schema up to this program's (writable ledgers), or says why it cannot. */
LAB_CHECKED lab_status lab_ledger_migrate(lab_ledger *ledger, lab_error *err);
/* Tells whether migrating would change anything; fails as migrating would on a foreign, newer or
 * edited ledger. */
LAB_CHECKED lab_status lab_ledger_stale(lab_ledger *ledger, bool *stale, lab_error *err);

/* While guarded is set, statements may read and do nothing else; what else one asked for is named
 * in ledger->refused, and it does not compile. */
void lab_guard_install(lab_ledger *ledger);
void lab_guard_set(lab_ledger *ledger, bool guarded);

/* LAB_ERR_LEDGER where folder lies on a filesystem that several machines share: their locks
 * cannot be trusted, and WAL needs memory that is shared between processes. */
LAB_CHECKED lab_status lab_filesystem_check(const char *folder, lab_error *err);
/* For the test: the filesystem's name where its statfs type is one that is refused, else NULL. */
const char *lab_filesystem_refused(unsigned long type);
#endif
