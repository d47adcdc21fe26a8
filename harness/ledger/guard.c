/* What a statement that a person wrote may do: read this ledger, and nothing else. SQLite asks
 * while it compiles the statement, and again where a table that is made of a pragma compiles its
 * own. */
#include "ledger/internal.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { VALUE_MAX = 1 << 24 }; /* bytes of one value that a person's statement makes */

static bool among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcasecmp(*names, name) == 0) return true;
    return false;
}

/* Those that tell and change nothing; of the first, an argument would be a new value. */
static bool pragma_reads(const char *name, const char *argument)
{
    static const char *const without_argument[] = {
        "application_id", "collation_list", "compile_options",
        "data_version",   "database_list",  "encoding",
        "freelist_count", "function_list",  "module_list",
        "page_count",     "page_size",      "pragma_list",
        "schema_version", "table_list",     "user_version",
        "journal_mode",   "foreign_keys",   NULL};
    static const char *const with_argument[] = {
        "foreign_key_check", "foreign_key_list", "index_info",  "index_list",
        "index_xinfo",       "integrity_check",  "quick_check", "table_info",
        "table_list",        "table_xinfo",      NULL};
    return among(with_argument, name) || (!argument && among(without_argument, name));
}

/* Some are not even there in SQLite's library; a program that adds them must not open a door. */
static bool function_reads(const char *name)
{
    static const char *const others[] = {"edit",     "fts3_tokenizer", "load_extension",
                                         "readfile", "writefile",      NULL};
    return !among(others, name);
}

static int refused(lab_ledger *ledger, const char *what, const char *name)
{
    (void)snprintf(ledger->refused, sizeof ledger->refused, "%s %.80s", what, name ? name : "");
    return SQLITE_DENY;
}

/* A table-valued function that is named for the first time declares its columns by a CREATE TABLE
 * that is compiled and never run. One that would run does not count as reading, which is looked at
 * when the statement is compiled. */
static bool declares(int action, const char *first)
{
    return action == SQLITE_CREATE_TABLE || ((action == SQLITE_INSERT || action == SQLITE_UPDATE) &&
                                             first && strcmp(first, "sqlite_master") == 0);
}

static int ask(void *context, int action, const char *first, const char *second,
               const char *database, const char *trigger)
{
    lab_ledger *ledger = context;
    (void)database;
    (void)trigger;
    if (!ledger->guarded) return SQLITE_OK;
    if (declares(action, first)) return SQLITE_OK;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return function_reads(second) ? SQLITE_OK : refused(ledger, "the function", second);
    case SQLITE_PRAGMA:
        return pragma_reads(first, second) ? SQLITE_OK : refused(ledger, "PRAGMA", first);
    case SQLITE_ATTACH:
        return refused(ledger, "ATTACH", first);
    case SQLITE_DETACH:
        return refused(ledger, "DETACH", first);
    default:
        return refused(ledger, "a change of", first ? first : "the ledger");
    }
}

void lab_guard_install(lab_ledger *ledger)
{
    ledger->value_max = sqlite3_limit(ledger->db, SQLITE_LIMIT_LENGTH, -1);
    (void)sqlite3_set_authorizer(ledger->db, ask, ledger);
}

void lab_guard_set(lab_ledger *ledger, bool guarded)
{
    (void)sqlite3_limit(ledger->db, SQLITE_LIMIT_LENGTH, guarded ? VALUE_MAX : ledger->value_max);
    ledger->guarded = guarded;
    ledger->refused[0] = 0;
}
