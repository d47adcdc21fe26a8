/* The ledger: its schema, its statements, and what it refuses. */
#include "base/embedded.h"
#include "base/hash.h"
#include "base/text.h"
#include "check.h"
#include "folder.h"
#include "ledger/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static lab_error err;

static lab_ledger *memory(void)
{
    lab_ledger *ledger = NULL;
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) == LAB_OK);
    return ledger;
}

static lab_status open_close(const char *path, lab_ledger_mode mode)
{
    lab_ledger *ledger = NULL;
    err.text[0] = 0;
    lab_status status = lab_ledger_open(&ledger, path, mode, &err);
    lab_ledger_close(&ledger);
    return status;
}

static int64_t number(lab_ledger *ledger, const char *sql)
{
    lab_query *query = NULL;
    bool row = false;
    int64_t value = INT64_MIN;
    lab_status status = lab_query_open_text(&query, ledger, sql, &err);
    if (status == LAB_OK) status = lab_query_step(query, &row, &err);
    if (status == LAB_OK && row) value = lab_query_int(query, 0);
    if (status != LAB_OK) (void)printf("\n    %s: %s\n", sql, err.text);
    lab_query_close(&query);
    return value;
}

/* Opens a second ledger beside this one, as merging does. */
static void attach(lab_ledger *ledger, const char *file)
{
    lab_query *query = NULL;
    CU_ASSERT_FATAL(lab_query_open(&query, ledger, "queries", "merge_attach", &err) == LAB_OK);
    lab_query_bind_text(query, ":file", file);
    CU_ASSERT(lab_query_run(query, &err) == LAB_OK);
    lab_query_close(&query);
}

static void every_statement_compiles(void)
{
    test_folder folder = test_folder_open();
    const char *other = test_folder_write(&folder, "other.db", "");
    CU_ASSERT(open_close(other, LAB_LEDGER_WRITE) == LAB_OK);
    lab_ledger *ledger = memory();
    int compiled = 0;
    attach(ledger, other);
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        int script = strncmp(file->name, "ledger_connect", 14) == 0;
        if (strcmp(file->kind, "migrations") == 0 || strcmp(file->kind, "views") == 0 || script)
            continue;
        lab_query *query = NULL;
        if (lab_query_open(&query, ledger, file->kind, file->name, &err) != LAB_OK) {
            (void)printf("\n    %s/%s: %s\n", file->kind, file->name, err.text);
            CU_FAIL("does not compile");
            continue;
        }
        compiled++;
        int reads = strcmp(file->kind, "checks") == 0 || strcmp(file->kind, "reports") == 0 ||
                    strncmp(file->name, "saved_", 6) == 0;
        if (reads && !lab_query_reads(query)) {
            (void)printf("\n    %s/%s writes\n", file->kind, file->name);
            CU_FAIL("writes");
        }
        lab_query_close(&query);
    }
    CU_ASSERT(compiled > 20);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

/* A column that is added to a table has to be added to what merges it, too. */
static void every_column_is_merged(void)
{
    lab_ledger *ledger = memory();
    lab_query *query = NULL;
    bool row = false;
    int columns = 0;
    CU_ASSERT_FATAL(
        lab_query_open_text(&query, ledger,
                            "SELECT t.name, c.name FROM pragma_table_list t "
                            "JOIN pragma_table_info(t.name) c "
                            "WHERE t.schema = 'main' AND t.type = 'table' "
                            "AND t.name NOT IN ('sqlite_schema', 'migration', 'cell_shape', "
                            "'cell_rest', 'key_value') " /* kept by triggers */
                            "AND (c.pk = 0 OR c.name NOT GLOB '*_id')",
                            &err) == LAB_OK);
    while (lab_query_step(query, &row, &err) == LAB_OK && row) {
        const char *table = lab_query_text(query, 0), *column = lab_query_text(query, 1);
        char insert[128];
        bool found = false;
        (void)snprintf(insert, sizeof insert, "INSERT INTO main.%s (", table);
        for (const lab_embedded *file = lab_sql; file->kind; file++)
            if (strncmp(file->name, "merge_", 6) == 0 && strstr(file->text, insert) &&
                strstr(file->text, column))
                found = true;
        if (strcmp(column, "parent_cell_id") == 0) continue; /* merge_parents */
        if (!found) (void)printf("\n    nothing merges %s.%s\n", table, column);
        CU_ASSERT(found);
        columns++;
    }
    CU_ASSERT(columns > 100);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
}

static void every_view_can_be_read(void)
{
    lab_ledger *ledger = memory();
    int views = 0;
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        if (strcmp(file->kind, "views") != 0) continue;
        char sql[128];
        (void)snprintf(sql, sizeof sql, "SELECT * FROM %s", file->name);
        lab_query *query = NULL;
        lab_status status = lab_query_open_text(&query, ledger, sql, &err);
        if (status == LAB_OK) status = lab_query_run(query, &err);
        if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
        CU_ASSERT(status == LAB_OK);
        lab_query_close(&query);
        views++;
    }
    CU_ASSERT(views > 0 && views == number(ledger, "SELECT count(*) FROM sqlite_schema "
                                                   "WHERE type = 'view'"));
    lab_ledger_close(&ledger);
}

/* ---- files ---- */

/* Runs a script on a ledger's file behind the program's back. */
static void meddle(const char *path, const char *script)
{
    sqlite3 *db = NULL;
    CU_ASSERT(sqlite3_open(path, &db) == SQLITE_OK);
    CU_ASSERT(sqlite3_exec(db, script, NULL, NULL, NULL) == SQLITE_OK);
    CU_ASSERT(sqlite3_close(db) == SQLITE_OK);
}

static void a_ledger_is_made_with_its_folders_and_opened_again(void)
{
    test_folder folder = test_folder_open();
    char path[512];
    (void)snprintf(path, sizeof path, "%s/a/b/ledger.db", folder.path);
    CU_ASSERT(open_close(path, LAB_LEDGER_READ) == LAB_ERR_MISSING);
    CU_ASSERT(strstr(err.text, "there is no ledger here") != NULL);
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_OK);
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_OK);
    lab_ledger *ledger = NULL;
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err) == LAB_OK);
    CU_ASSERT(number(ledger, "SELECT application_id FROM pragma_application_id") == 0x506c6177);
    CU_ASSERT(number(ledger, "SELECT max(number) FROM migration") ==
              number(ledger, "SELECT user_version FROM pragma_user_version"));
    CU_ASSERT(number(ledger, "SELECT journal_mode = 'wal' FROM pragma_journal_mode") == 1);
    CU_ASSERT(number(ledger, "SELECT count(*) FROM sqlite_schema s JOIN pragma_table_list t "
                             "ON t.name = s.name WHERE s.type = 'table' AND NOT t.strict") == 0);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

static void foreign_newer_and_edited_ledgers_are_refused(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_OK); /* an empty file becomes one */
    meddle(path, "UPDATE migration SET sha256 = 'other' WHERE number = 1");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "another text of migration 0001_ledger") != NULL);
    CU_ASSERT(open_close(path, LAB_LEDGER_READ) == LAB_ERR_LEDGER);
    meddle(path, "PRAGMA user_version = 99");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "written by a newer patchlaw (schema 99") != NULL);
    CU_ASSERT(open_close(path, LAB_LEDGER_READ) == LAB_ERR_LEDGER);
    path = test_folder_write(&folder, "y.db", "");
    meddle(path, "CREATE TABLE t (x)");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "of another program") != NULL);
    path =
        test_folder_write(&folder, "z.db", "this is no database, whatever its name may say ....");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "no patchlaw ledger") != NULL);
    test_folder_close(&folder);
}

/* Defaults of optional keys, too. */
static void changed_views_are_made_anew_even_for_a_reader(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    lab_ledger *ledger = NULL;
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_OK);
    meddle(path, "DROP VIEW runs; CREATE VIEW runs AS SELECT 1 AS one;"
                 "DELETE FROM key_default WHERE key = 'objective.name';"
                 "UPDATE migration SET sha256 = 'old' WHERE number = 0");
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err) == LAB_OK);
    CU_ASSERT(number(ledger, "SELECT count(wall_s) FROM runs") == 0);
    CU_ASSERT(number(ledger, "SELECT count(*) FROM key_default WHERE key = 'objective.name'"
                             " AND value = 'aim'") == 2);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

/* Makes the ledger that a program would have made that knew the first migration alone. */
static void make_first_schema(const char *path)
{
    const char *first = lab_embedded_find(lab_sql, "migrations", "0001_ledger")->text;
    char note[256];
    (void)snprintf(note, sizeof note, "INSERT INTO migration VALUES (1, '0001_ledger', '%s', 7)",
                   lab_sha256_of(first, (isize)strlen(first)).hex);
    meddle(path, first);
    meddle(path, note);
}

static void a_ledger_of_the_first_schema_is_brought_up_to_date(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    lab_ledger *ledger = NULL;
    make_first_schema(path);
    meddle(path, "INSERT INTO cell VALUES (3, hex(zeroblob(32)), 'pretrain', 5, '', NULL, 8)");
    meddle(path, "INSERT INTO attempt (attempt_id, cell_id, ordinal, state, host, boot_id, pid,"
                 " pid_started, launcher_pid, started_at, heartbeat_at, folder)"
                 " VALUES (4, 3, 1, 'done', 'h', 'b', 1, 1, 1, 1, 1, 'f');"
                 "INSERT INTO artifact VALUES (3, 'checkpoint', 10, 9, 'x', 'y', 4, 1);"
                 "INSERT INTO series VALUES (1, 3, 'train', 'loss');"
                 "INSERT INTO point VALUES (1, 5, 0, 9), (1, 9, 0, 2), (1, 10, 0, 1.5);"
                 "INSERT INTO probe_result VALUES"
                 " (3, 'block.0', 0, 'linear', 0.1, 0.05, 'val', 9, 0.5, 0.9, NULL, 0),"
                 " (3, 'block.0', 0, 'linear', 0.2, 0.05, 'val', 9, 0.6, 0.9, 1, 1)");
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err) == LAB_OK);
    CU_ASSERT(number(ledger, "SELECT user_version FROM pragma_user_version") ==
              number(ledger, "SELECT max(number) FROM migration"));
    CU_ASSERT(number(ledger, "SELECT max(number) FROM migration") > 1);
    CU_ASSERT(number(ledger, "SELECT applied_at FROM migration WHERE number = 1") == 7);
    CU_ASSERT(number(ledger, "SELECT seed FROM runs") == 5);
    CU_ASSERT(number(ledger, "SELECT count(*) FROM bench") == 0);
    CU_ASSERT(number(ledger, "SELECT count(*) FROM runs WHERE state = 'done' AND attempts = 1") ==
              1);
    CU_ASSERT(number(ledger, "SELECT length(uuid) FROM attempt") == 32);
    CU_ASSERT(number(ledger, "SELECT bytes FROM artifact JOIN attempt USING (attempt_id)") == 9);
    CU_ASSERT(number(ledger, "SELECT 2 * tail_mean FROM series_summary") == 3);
    CU_ASSERT(number(ledger, "SELECT count(*) FROM probe_result WHERE kind = 'linear'"
                             " AND k IS NULL AND trained IS NULL") == 2);
    CU_ASSERT(number(ledger, "SELECT 10 * lr FROM probe_result WHERE chosen") == 2);
    CU_ASSERT(number(ledger, "SELECT foreign_keys FROM pragma_foreign_keys") == 0); /* a reader */
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

static int64_t number_in(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = INT64_MIN;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    CU_ASSERT(sqlite3_close(db) == SQLITE_OK);
    return value;
}

static void a_ledger_is_copied_before_its_schema_changes(void)
{
    static const char version[] = "PRAGMA user_version";
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    char backup[512], partial[600];
    lab_ledger *ledger = NULL;
    make_first_schema(path);
    (void)snprintf(backup, sizeof backup, "%s.schema1.backup", path);
    (void)snprintf(partial, sizeof partial, "%s.%d.partial", backup, (int)getpid());
    CU_ASSERT(mkdir(partial, 0777) == 0); /* stands in the copy's way */
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_ERR_IO);
    CU_ASSERT(strstr(err.text, "backup before its migration failed") != NULL);
    CU_ASSERT(strstr(err.text, "is there room") != NULL);
    CU_ASSERT(number_in(path, version) == 1);
    CU_ASSERT(rmdir(partial) == 0);
    CU_ASSERT(open_close(path, LAB_LEDGER_AS_IS) == LAB_OK);
    CU_ASSERT(number_in(path, version) == 1);
    CU_ASSERT(open_close(path, LAB_LEDGER_READ) == LAB_OK);
    CU_ASSERT(number_in(path, version) > 1);
    CU_ASSERT(number_in(backup, version) == 1);
    /* The copy is a ledger, whose own migration makes its own copy; a scratch one makes none. */
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, backup, LAB_LEDGER_SCRATCH, &err) == LAB_OK);
    lab_ledger_close(&ledger);
    CU_ASSERT(number_in(backup, version) > 1);
    (void)snprintf(partial, sizeof partial, "%s.schema1.backup", backup);
    CU_ASSERT(access(partial, F_OK) != 0);
    (void)snprintf(partial, sizeof partial, "%s.schema1-2.backup", path);
    CU_ASSERT(access(partial, F_OK) != 0);
    test_folder_close(&folder);
}

static void count_pages(void *context, int64_t done, int64_t pages)
{
    int64_t *seen = context;
    CU_ASSERT(done <= pages && done >= seen[0]);
    seen[0] = done;
    seen[1] = pages;
}

static void a_copy_is_of_one_moment_while_others_write(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    char copy[512];
    lab_ledger *ledger = NULL, *writer = NULL;
    int64_t seen[2] = {0, -1};
    (void)snprintf(copy, sizeof copy, "%s/copy.db", folder.path);
    CU_ASSERT_FATAL(lab_ledger_open(&writer, path, LAB_LEDGER_WRITE, &err) == LAB_OK);
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err) == LAB_OK);
    CU_ASSERT(lab_ledger_begin(writer, &err) == LAB_OK); /* a writer does not hold it up */
    CU_ASSERT(lab_ledger_backup(ledger, copy, count_pages, seen, &err) == LAB_OK);
    CU_ASSERT(seen[0] == seen[1] && seen[1] > 10);
    lab_ledger_rollback(writer);
    CU_ASSERT(number_in(copy, "SELECT count(*) FROM runs") == 0);
    CU_ASSERT(open_close(copy, LAB_LEDGER_READ) == LAB_OK);
    lab_ledger_close(&ledger);
    lab_ledger_close(&writer);
    test_folder_close(&folder);
}

/* Writes a ledger as the program had it whose newest migration was that one. */
static void write_older(const char *path, int newest)
{
    char note[256];
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        int migration =
            strcmp(file->kind, "migrations") == 0 ? (int)strtol(file->name, NULL, 10) : 0;
        if (migration < 1 || migration > newest) continue;
        (void)snprintf(note, sizeof note, "INSERT INTO migration VALUES (%d, '%s', '%s', 7)",
                       migration, file->name,
                       lab_sha256_of(file->text, (isize)strlen(file->text)).hex);
        meddle(path, file->text);
        meddle(path, note);
    }
}

/* By what migrations 6 to 8 fill in. Cells 3, 6 and 7, of which 6 has another width
 * and 7 another seed, have a loss, cell 4 has none, cell 5 no key of those. */
static void rows_of_an_older_ledger_get_what_is_kept_beside_them(void)
{
    for (int newest = 5; newest <= 6; newest++) {
        test_folder folder = test_folder_open();
        const char *path = test_folder_write(&folder, "x.db", "");
        lab_ledger *ledger = NULL;
        write_older(path, newest);
        meddle(path,
               "INSERT INTO cell VALUES (3, hex(zeroblob(32)), 'pretrain', 5, '', NULL, 8),"
               "(4, replace(hex(zeroblob(32)), '0', '4'), 'probe', 5, '', 3, 8),"
               "(5, replace(hex(zeroblob(32)), '0', '5'), 'external', 5, '', NULL, 8),"
               "(6, replace(hex(zeroblob(32)), '0', '6'), 'pretrain', 5, '', NULL, 8),"
               "(7, replace(hex(zeroblob(32)), '0', '7'), 'pretrain', 9, '', NULL, 8);"
               "INSERT INTO cell_key VALUES (3, 'model.width', '64'), (3, 'model.depth', '4'),"
               "(3, 'model.heads', '2'), (3, 'model.patch_px', '8'), (3, 'optim.steps', '9'),"
               "(3, 'optim.lr_peak', '0.002'), (3, 'seed', '5'),"
               "(4, 'probe.trunk', 'pixels'), (4, 'model.width', '32'), (5, 'own', '1');"
               "INSERT INTO cell_key SELECT 6, key, iif(key = 'model.width', '32', value)"
               " FROM cell_key WHERE cell_id = 3;"
               "INSERT INTO cell_key SELECT 7, key, iif(key = 'seed', '9', value)"
               " FROM cell_key WHERE cell_id = 3;"
               "INSERT INTO series VALUES (1, 3, 'val', 'loss_causal'), (2, 4, 'val', 'x'),"
               "(3, 6, 'val', 'loss_causal'), (4, 7, 'val', 'loss_causal')");
        CU_ASSERT_FATAL(lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err) == LAB_OK);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM cell_shape WHERE (cell_id, width, depth,"
                                 " heads, patch_px, steps, lr_peak) ="
                                 " (3, 64, 4, 2, 8, 9, 0.002) AND trunk IS NULL") == 1);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM cell_shape WHERE (cell_id, trunk, width)"
                                 " = (4, 'pixels', 32) AND depth IS NULL") == 1);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM key_value WHERE weight <> 0") == 9);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM key_value JOIN cell_key USING (key, value)"
                                 " WHERE cell_id = 3") == 7);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM key_value v JOIN key_default USING (key,"
                                 " value) WHERE weight = 0 AND task = 'pretrain'") > 10);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM cell_rest") == 6);
        CU_ASSERT(number(ledger, "SELECT count(*) FROM cell_rest r WHERE key IN ('model.width',"
                                 " 'seed') AND rest = (SELECT sum(weight) FROM cell_key k"
                                 " JOIN key_value USING (key, value)"
                                 " WHERE k.cell_id = r.cell_id AND k.key <> r.key)") == 6);
        lab_ledger_close(&ledger);
        test_folder_close(&folder);
    }
}

static void a_migration_that_would_break_references_is_refused(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    const char *first = lab_embedded_find(lab_sql, "migrations", "0001_ledger")->text;
    char note[256];
    (void)snprintf(note, sizeof note, "INSERT INTO migration VALUES (1, '0001_ledger', '%s', 7)",
                   lab_sha256_of(first, (isize)strlen(first)).hex);
    meddle(path, first);
    meddle(path, note);
    meddle(path, "PRAGMA foreign_keys = OFF; INSERT INTO cell_key VALUES (77, 'a', 'b')");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "of cell_key refers to one that is not there") != NULL);
    test_folder_close(&folder);
}

static void shared_filesystems_are_refused(void)
{
    CU_ASSERT_STRING_EQUAL(lab_filesystem_refused(0x6969), "NFS");
    CU_ASSERT_STRING_EQUAL(lab_filesystem_refused(0x65735546), "FUSE");
    CU_ASSERT_STRING_EQUAL(lab_filesystem_refused(0xff534d42), "CIFS");
    CU_ASSERT_STRING_EQUAL(lab_filesystem_refused((unsigned long)(int)0xff534d42), "CIFS");
    CU_ASSERT(lab_filesystem_refused(0xef53) == NULL);     /* ext4 */
    CU_ASSERT(lab_filesystem_refused(0x58465342) == NULL); /* XFS */
    CU_ASSERT(lab_filesystem_refused(0x794c7630) == NULL); /* overlay */
    CU_ASSERT(lab_filesystem_check("/tmp", &err) == LAB_OK || strstr(err.text, "--ledger"));
}

/* Opens for reading as somebody who may write neither file nor folder: 0, or what went wrong. */
static int read_as_nobody(const char *path, const char *words)
{
    pid_t child = fork();
    if (child == 0) {
        lab_ledger *ledger = NULL;
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
        lab_status status = lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err);
        if (status != LAB_OK) _exit(words && strstr(err.text, words) ? 0 : 3);
        _exit(!words && number(ledger, "SELECT count(*) > 1 FROM migration") == 1 ? 0 : 4);
    }
    int status = -1;
    CU_ASSERT_FATAL(waitpid(child, &status, 0) == child);
    return status;
}

static void a_read_only_ledger_is_read(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "a%20b?c#.db", "");
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_OK);
    CU_ASSERT(chmod(path, 0444) == 0 && chmod(folder.path, 0555) == 0);
    CU_ASSERT(read_as_nobody(path, NULL) == 0);
    CU_ASSERT(chmod(path, 0644) == 0 && chmod(folder.path, 0755) == 0);
    (void)test_folder_write(&folder, "a%20b?c#.db-wal", "writes that wait");
    CU_ASSERT(chmod(path, 0444) == 0 && chmod(folder.path, 0555) == 0);
    CU_ASSERT(read_as_nobody(path, "its last writes lie in") == 0);
    CU_ASSERT(chmod(folder.path, 0755) == 0);
    test_folder_close(&folder);
}

static void run_folders_lie_beside_the_file_that_a_link_names(void)
{
    test_folder folder = test_folder_open();
    lab_ledger *ledger = NULL;
    char real[300], link[300];
    (void)snprintf(real, sizeof real, "%s/there/ledger.db", folder.path);
    (void)snprintf(link, sizeof link, "%s/link.db", folder.path);
    CU_ASSERT(open_close(real, LAB_LEDGER_WRITE) == LAB_OK);
    CU_ASSERT(symlink("there/ledger.db", link) == 0);
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, link, LAB_LEDGER_WRITE, &err) == LAB_OK);
    CU_ASSERT(strlen(lab_ledger_folder(ledger)) == strlen(folder.path) + strlen("/there"));
    CU_ASSERT_STRING_EQUAL(lab_ledger_path(ledger), link);
    lab_ledger_close(&ledger);
    CU_ASSERT(unlink(link) == 0 && symlink("nowhere/ledger.db", link) == 0);
    CU_ASSERT(open_close(link, LAB_LEDGER_WRITE) == LAB_ERR_IO);
    CU_ASSERT(strstr(err.text, "a link that cannot be followed") != NULL);
    test_folder_close(&folder);
}

/* ---- people's queries ---- */

static void person_refused(lab_ledger *ledger, const char *sql, const char *words)
{
    lab_query *query = NULL;
    CU_ASSERT(lab_query_open_text(&query, ledger, sql, &err) == LAB_ERR_CONFIG);
    if (!strstr(err.text, words)) (void)printf("\n    %s: %s\n", sql, err.text);
    CU_ASSERT(strstr(err.text, words) != NULL);
    CU_ASSERT(query == NULL);
}

static void people_can_only_read(void)
{
    lab_ledger *ledger = memory();
    person_refused(ledger, "DELETE FROM cell", "would write");
    person_refused(ledger, "CREATE TABLE t (x)", "would write");
    person_refused(ledger, "PRAGMA user_version = 3", "would write");
    person_refused(ledger, "SELECT 1; DELETE FROM cell", "one statement at a time");
    person_refused(ledger, "SELEKT 1", "syntax error");
    person_refused(ledger, "SELECT nonsense FROM runs", "no such column");
    person_refused(ledger, "  -- only words", "no statement");
    CU_ASSERT(number(ledger, "SELECT 1 ; ") == 1);
    lab_ledger_close(&ledger);
}

static void a_reader_cannot_write_whatever_it_tries(void)
{
    test_folder folder = test_folder_open();
    const char *path = test_folder_write(&folder, "x.db", "");
    lab_ledger *ledger = NULL;
    lab_query *query = NULL;
    CU_ASSERT(open_close(path, LAB_LEDGER_WRITE) == LAB_OK);
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &err) == LAB_OK);
    CU_ASSERT(lab_query_open(&query, ledger, "queries", "attempt_heartbeat", &err) == LAB_OK);
    lab_query_bind_int(query, ":attempt_id", 1);
    lab_query_bind_int(query, ":at", 1);
    CU_ASSERT(lab_query_run(query, &err) == LAB_ERR_LEDGER);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

static void an_endless_query_is_stopped(void)
{
    lab_ledger *ledger = memory();
    lab_query *query = NULL;
    CU_ASSERT_FATAL(lab_query_open_text(&query, ledger,
                                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                        "FROM n) SELECT max(i) FROM n",
                                        &err) == LAB_OK);
    lab_ledger_limit(ledger, 0.05);
    CU_ASSERT(lab_query_run(query, &err) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "time limit") != NULL);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
}

SUITE(ledger, {"every statement compiles", every_statement_compiles},
      {"every column is merged", every_column_is_merged},
      {"every view can be read", every_view_can_be_read},
      {"a ledger is made with its folders and opened again",
       a_ledger_is_made_with_its_folders_and_opened_again},
      {"foreign, newer and edited ledgers are refused",
       foreign_newer_and_edited_ledgers_are_refused},
      {"changed views are made anew, even for a reader",
       changed_views_are_made_anew_even_for_a_reader},
      {"a ledger of the first schema is brought up to date",
       a_ledger_of_the_first_schema_is_brought_up_to_date},
      {"rows of an older ledger get what is kept beside them",
       rows_of_an_older_ledger_get_what_is_kept_beside_them},
      {"a ledger is copied before its schema changes",
       a_ledger_is_copied_before_its_schema_changes},
      {"a copy is of one moment while others write", a_copy_is_of_one_moment_while_others_write},
      {"a migration that would break references is refused",
       a_migration_that_would_break_references_is_refused},
      {"shared filesystems are refused", shared_filesystems_are_refused},
      {"a read-only ledger is read", a_read_only_ledger_is_read},
      {"run folders lie beside the file that a link names",
       run_folders_lie_beside_the_file_that_a_link_names},
      {"people can only read", people_can_only_read},
      {"a reader cannot write, whatever it tries", a_reader_cannot_write_whatever_it_tries},
      {"an endless query is stopped", an_endless_query_is_stopped})
