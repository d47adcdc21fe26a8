#include "upkeep/garbage.h"
#include "base/heap.h"
#include "base/text.h"
#include "launch/host.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BACKUPS_KEPT = 3, RUN_DIGITS = 12, OLD_S = 3600, OPEN_FOLDERS = 16 };

static lab_text join(const char *folder, const char *name)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/%s", folder, name);
    return path;
}

static lab_garbage_item *add(lab_garbage *garbage, lab_garbage_kind kind, const char *path,
                             const struct stat *info)
{
    if (garbage->count == garbage->capacity) {
        isize bytes = (isize)sizeof *garbage->items, capacity = garbage->capacity * 2 + 16;
        garbage->items = lab_heap_grow(garbage->items, garbage->capacity * bytes, capacity * bytes);
        garbage->capacity = capacity;
    }
    lab_garbage_item *item = &garbage->items[garbage->count++];
    *item = (lab_garbage_item){kind, lab_heap_text(path), (int64_t)info->st_size,
                               (int64_t)info->st_mtime};
    return item;
}

void lab_garbage_finish(lab_garbage *garbage)
{
    for (isize i = 0; i < garbage->count; i++) lab_heap_free(garbage->items[i].path);
    lab_heap_free(garbage->items);
    lab_heap_free(garbage->shared);
    *garbage = (lab_garbage){0};
}

/* ---- what is what ---- */

static lab_status is_known(lab_ledger *ledger, const char *name, bool *known, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *known = true;
    lab_status status = lab_query_open(&query, ledger, "queries", "upkeep_knows", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":name", name);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) *known = lab_query_int(query, 0) != 0;
    lab_query_close(&query);
    return status;
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

/* A spool's run, which no ledger has to know: it may not have been imported yet. */
static bool holds_events(const char *folder)
{
    bool found = false;
    DIR *stream = opendir(folder);
    if (!stream) return true; /* what cannot be read is not judged */
    for (const struct dirent *entry = readdir(stream); entry && !found; entry = readdir(stream))
        found = ends_in(entry->d_name, ".events");
    (void)closedir(stream);
    return found;
}

/* A folder that a launcher made: named by a hash, with a config in it. */
static bool is_run_folder(const char *folder, const char *name)
{
    struct stat info;
    bool named = strlen(name) == RUN_DIGITS && strspn(name, "0123456789abcdef") == RUN_DIGITS;
    lab_text config = join(folder, "config.yaml");
    bool found = named && lstat(lab_text_of(&config), &info) == 0 && S_ISREG(info.st_mode);
    lab_text_finish(&config);
    return found && !holds_events(folder);
}

/* With what SQLite writes beside a copy of a ledger. */
static bool is_partial(const char *name, const struct stat *info)
{
    bool named = ends_in(name, ".partial") || ends_in(name, ".partial-wal") ||
                 ends_in(name, ".partial-shm") || ends_in(name, ".partial-journal");
    return named && S_ISREG(info->st_mode) && (int64_t)info->st_mtime < (int64_t)time(NULL) - OLD_S;
}

/* The ledger itself, or what SQLite writes beside it. */
static bool is_own(const char *name, const char *base)
{
    size_t length = strlen(base);
    return strncmp(name, base, length) == 0 && (!name[length] || name[length] == '-');
}

/* LEDGER.schemaN.backup or LEDGER.schemaN-M.backup. */
static bool is_schema_backup(const char *name, const char *ledger)
{
    size_t length = strlen(ledger);
    if (strncmp(name, ledger, length) != 0 || strncmp(name + length, ".schema", 7) != 0)
        return false;
    const char *rest = name + length + 7;
    size_t digits = strspn(rest, "0123456789-");
    return digits > 0 && strcmp(rest + digits, ".backup") == 0;
}

/* By the application's number in the header of a SQLite file, at byte 68. */
static bool is_ledger(const char *path)
{
    unsigned char head[72] = {0};
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool whole = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head;
    if (fd >= 0) (void)close(fd);
    return whole && memcmp(head, "SQLite format 3", 16) == 0 && memcmp(head + 68, "Plaw", 4) == 0;
}

static int64_t folder_sum; /* nftw has no context; the harness has one thread */

static int add_size(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)path;
    (void)place;
    if (type == FTW_F || type == FTW_SL) folder_sum += (int64_t)info->st_size;
    return 0;
}

static int64_t folder_bytes(const char *folder)
{
    folder_sum = 0;
    (void)nftw(folder, add_size, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
    return folder_sum;
}

/* ---- looking ---- */

static lab_status look_into_run(lab_garbage *out, const char *folder, lab_error *err)
{
    DIR *stream = opendir(folder);
    if (!stream)
        return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        struct stat info;
        lab_text path = join(folder, entry->d_name);
        if (lstat(lab_text_of(&path), &info) == 0 && is_partial(entry->d_name, &info))
            (void)add(out, LAB_GARBAGE_PARTIAL, lab_text_of(&path), &info);
        lab_text_finish(&path);
    }
    (void)closedir(stream);
    return LAB_OK;
}

static lab_status look_at_folder(lab_garbage *out, lab_ledger *ledger, const char *path,
                                 const char *name, const struct stat *info, lab_error *err)
{
    bool known = true;
    if (!is_run_folder(path, name) || lab_folder_locked(path)) return LAB_OK;
    lab_status status = is_known(ledger, name, &known, err);
    if (status != LAB_OK) return status;
    if (known) return look_into_run(out, path, err);
    add(out, LAB_GARBAGE_FOLDER, path, info)->bytes = folder_bytes(path);
    return LAB_OK;
}

static lab_status look_at(lab_garbage *out, lab_ledger *ledger, const char *name, lab_error *err)
{
    struct stat info;
    const char *base = strrchr(lab_ledger_path(ledger), '/');
    base = base ? base + 1 : lab_ledger_path(ledger);
    lab_text path = join(lab_ledger_folder(ledger), name);
    lab_status status = LAB_OK;
    if (is_own(name, base) || lstat(lab_text_of(&path), &info) != 0) goto done;
    if (S_ISDIR(info.st_mode))
        status = look_at_folder(out, ledger, lab_text_of(&path), name, &info, err);
    else if (is_partial(name, &info))
        (void)add(out, LAB_GARBAGE_PARTIAL, lab_text_of(&path), &info);
    else if (S_ISREG(info.st_mode) && is_schema_backup(name, base))
        (void)add(out, LAB_GARBAGE_BACKUP, lab_text_of(&path), &info);
    else if (!ends_in(name, ".backup") && !out->shared && is_ledger(lab_text_of(&path)))
        out->shared = lab_heap_text(lab_text_of(&path));
done:
    lab_text_finish(&path);
    return status;
}

static int by_kind_and_age(const void *left, const void *right)
{
    const lab_garbage_item *a = left, *b = right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == LAB_GARBAGE_BACKUP && a->changed != b->changed)
        return a->changed > b->changed ? -1 : 1;
    return strcmp(a->path, b->path);
}

/* Takes from the list what stays: the newest backups, and folders that may be another ledger's. */
static void keep(lab_garbage *garbage)
{
    isize kept = 0, backups = 0;
    if (garbage->count > 0)
        qsort(garbage->items, (size_t)garbage->count, sizeof *garbage->items, by_kind_and_age);
    for (isize i = 0; i < garbage->count; i++) {
        lab_garbage_item *item = &garbage->items[i];
        bool stays = (item->kind == LAB_GARBAGE_BACKUP && backups++ < BACKUPS_KEPT) ||
                     (item->kind == LAB_GARBAGE_FOLDER && garbage->shared);
        if (stays)
            lab_heap_free(item->path);
        else
            garbage->items[kept++] = *item;
    }
    garbage->count = kept;
}

lab_status lab_garbage_find(lab_garbage *out, lab_ledger *ledger, lab_error *err)
{
    const char *folder = lab_ledger_folder(ledger);
    lab_status status = LAB_OK;
    *out = (lab_garbage){0};
    DIR *stream = opendir(folder);
    if (!stream)
        return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(stream); status == LAB_OK && entry;
         entry = readdir(stream))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = look_at(out, ledger, entry->d_name, err);
    (void)closedir(stream);
    keep(out);
    return status;
}

/* ---- removing ---- */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)place;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

lab_status lab_garbage_remove(const lab_garbage_item *item, lab_ledger *ledger, bool *removed,
                              lab_error *err)
{
    struct stat info;
    const char *slash = strrchr(item->path, '/');
    bool known = false;
    lab_status status = LAB_OK;
    *removed = false;
    if (item->kind == LAB_GARBAGE_FOLDER) {
        status = is_known(ledger, slash ? slash + 1 : item->path, &known, err);
        if (status != LAB_OK || known || lab_folder_locked(item->path)) return status;
        *removed =
            nftw(item->path, remove_one, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT | FTW_DEPTH) == 0;
    } else {
        if (lstat(item->path, &info) != 0 || (int64_t)info.st_mtime != item->changed)
            return LAB_OK; /* somebody writes it anew */
        *removed = unlink(item->path) == 0;
    }
    return *removed ? LAB_OK
                    : lab_fail(err, LAB_ERR_IO, "%s: cannot be removed: %s", item->path,
                               strerror(errno));
}
