#include "import/tensorboard.h"
#include "base/file.h"
#include "base/heap.h"
#include "format/tfevents.h"
#include "import/external.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MIB_MAX = 1024, DEPTH_MAX = 32 };

typedef struct {
    char **paths; /* owned, as each of them */
    isize count, capacity;
} files;

typedef struct {
    const lab_import_wish *wish;
    bool *used; /* by each mapping; borrowed */
    lab_external *run;
    isize scalars;
    char too_long[300]; /* the begin of a tag that cannot be kept, or empty */
} listening;

/* ---- which files ---- */

static void add_file(files *all, const char *path)
{
    if (all->count == all->capacity) {
        isize bytes = (isize)sizeof *all->paths, capacity = all->capacity * 2 + 16;
        all->paths = lab_heap_grow(all->paths, all->capacity * bytes, capacity * bytes);
        all->capacity = capacity;
    }
    all->paths[all->count++] = lab_heap_text(path);
}

static void finish_files(files *all)
{
    for (isize i = 0; i < all->count; i++) lab_heap_free(all->paths[i]);
    lab_heap_free(all->paths);
}

static void say_too_deep(const lab_import_wish *wish, const char *folder)
{
    lab_text sentence = {0};
    lab_text_add(&sentence,
                 "%s: is more than %d folders below the one that was given, and left out", folder,
                 DEPTH_MAX);
    wish->say(wish->context, lab_text_of(&sentence));
    lab_text_finish(&sentence);
}

/* Links are followed nowhere but at the path that a person gave. */
static lab_status walk(files *all, const char *folder, int depth, const lab_import_wish *wish,
                       lab_error *err)
{
    DIR *stream = opendir(folder);
    lab_status status = LAB_OK;
    if (!stream)
        return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(stream); status == LAB_OK && entry;
         entry = readdir(stream)) {
        struct stat info;
        lab_text path = {0};
        lab_text_add(&path, "%s/%s", folder, entry->d_name);
        bool there = entry->d_name[0] != '.' && lstat(lab_text_of(&path), &info) == 0;
        if (there && S_ISDIR(info.st_mode) && depth < DEPTH_MAX)
            status = walk(all, lab_text_of(&path), depth + 1, wish, err);
        else if (there && S_ISDIR(info.st_mode))
            say_too_deep(wish, lab_text_of(&path));
        if (there && S_ISREG(info.st_mode) && strstr(entry->d_name, "tfevents"))
            add_file(all, lab_text_of(&path));
        lab_text_finish(&path);
    }
    (void)closedir(stream);
    return status;
}

static isize folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash - path : 0;
}

static bool same_folder(const char *a, const char *b)
{
    isize length = folder_length(a);
    return length == folder_length(b) && strncmp(a, b, (size_t)length) == 0;
}

/* Files of a folder stand together. */
static int by_folder(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    isize a_length = folder_length(a), b_length = folder_length(b);
    int order = strncmp(a, b, (size_t)(a_length < b_length ? a_length : b_length));
    if (order == 0 && a_length != b_length) return a_length < b_length ? -1 : 1;
    return order != 0 ? order : strcmp(a, b);
}

static lab_status find_files(files *all, const char *path, const lab_import_wish *wish,
                             lab_error *err)
{
    struct stat info;
    lab_status status = LAB_OK;
    if (stat(path, &info) != 0) return lab_fail(err, LAB_ERR_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        status = walk(all, path, 0, wish, err);
    else
        add_file(all, path);
    if (status == LAB_OK && all->count == 0)
        status = lab_fail(err, LAB_ERR_MISSING,
                          "%s: no event file below this folder (their names have tfevents in them)",
                          path);
    if (all->count > 0) qsort(all->paths, (size_t)all->count, sizeof *all->paths, by_folder);
    return status;
}

/* The run's folder below root, or the last part of root itself; as stands for root. */
static lab_text run_name(const char *root, const char *path, const char *as)
{
    lab_text name = {0};
    isize length = folder_length(path), above = (isize)strlen(root);
    if (above == 1) above = 0; /* of / itself */
    const char *below = length > above ? path + above + 1 : NULL, *last = path;
    for (isize i = 0; i < length; i++)
        if (path[i] == '/') last = path + i + 1;
    if (as)
        lab_text_put(&name, as);
    else if (!below)
        lab_text_bytes(&name, last, path + length - last);
    if (below) lab_text_add(&name, "%s%.*s", as ? "/" : "", (int)(path + length - below), below);
    if (name.length == 0) lab_text_put(&name, path);
    return name;
}

/* ---- what they hold ---- */

static const lab_role_map *find_mapping(listening *l, const char *name)
{
    const lab_role_map *mapping = lab_role_map_find(l->wish->mappings, l->wish->count, name);
    if (mapping) l->used[mapping - l->wish->mappings] = true;
    return mapping;
}

static void hear_scalar(void *context, const char *tag, int64_t step, double wall_s, double value)
{
    listening *l = context;
    const lab_role_map *mapping = find_mapping(l, tag);
    lab_meaning figure = mapping ? mapping->meaning : lab_meaning_figure(tag);
    if (figure.role == LAB_ROLE_SKIP) return;
    if (figure.role == LAB_ROLE_LOSS) figure = lab_meaning_figure("val/loss");
    bool named = mapping && figure.role == LAB_ROLE_FIGURE;
    if (!named && !lab_meaning_fits(tag))
        (void)snprintf(l->too_long, sizeof l->too_long, "%s", tag);
    if (!named) figure = lab_meaning_figure(tag);
    lab_external_point(l->run, figure.split, figure.name, step, value);
    lab_external_time(l->run, wall_s);
    l->scalars++;
}

static void hear_hparam(void *context, const char *name, const char *value)
{
    listening *l = context;
    const lab_role_map *mapping = find_mapping(l, name);
    const char *key = mapping ? lab_role_key(mapping->meaning.role) : NULL;
    if (mapping && mapping->meaning.role == LAB_ROLE_SKIP) return;
    if (mapping && mapping->meaning.role == LAB_ROLE_KEY) key = mapping->meaning.name;
    if (*name) lab_external_key(l->run, key ? key : name, value);
}

static lab_status read_file(listening *l, const char *path, lab_error *err)
{
    lab_text bytes = {0}, words = {0};
    lab_tfevents_hearer hearer = {l, hear_scalar, hear_hparam};
    lab_tfevents_seen seen = {0};
    lab_status status = lab_file_read(&bytes, path, FILE_MIB_MAX, err);
    if (status == LAB_OK) status = lab_tfevents_read(path, &bytes, &hearer, &seen, err);
    if (status == LAB_OK && seen.cut > 0)
        lab_text_add(&words, "; its last record is not whole (%td bytes) and left out", seen.cut);
    if (status == LAB_OK && seen.others > 0)
        lab_text_add(&words, "; %lld values are no scalars and left out", (long long)seen.others);
    if (status == LAB_OK && l->too_long[0])
        status = lab_fail(err, LAB_ERR_FORMAT,
                          "%s: the tag '%s...' is too long: a split may have %d characters and a "
                          "metric %d; shorten it with --map TAG=SPLIT/METRIC, or leave it out with "
                          "--map TAG=skip",
                          path, l->too_long, LAB_SPLIT_MAX, LAB_NAME_MAX);
    if (words.length > 0) {
        lab_text sentence = {0};
        lab_text_add(&sentence, "%s: %lld records%s", path, (long long)seen.records,
                     lab_text_of(&words));
        l->wish->say(l->wish->context, lab_text_of(&sentence));
        lab_text_finish(&sentence);
    }
    lab_text_finish(&words);
    lab_text_finish(&bytes);
    return status;
}

/* ---- runs ---- */

typedef struct {
    lab_external *run;  /* owned */
    const char *source; /* its first file; borrowed */
} found_run;

/* Reads the files from first that lie in one folder; *next is behind the last. */
static lab_status read_run(found_run *found, const char *root, const files *all, isize first,
                           isize *next, const lab_import_wish *wish, bool *used, lab_error *err)
{
    listening l = {.wish = wish, .used = used};
    const char *path = all->paths[first];
    lab_text name = run_name(root, path, wish->name), folder = {0};
    lab_status status = LAB_OK;
    lab_external_open(&l.run, lab_text_of(&name));
    lab_text_bytes(&folder, path, folder_length(path));
    if (!wish->name) lab_external_place(l.run, lab_text_of(&folder));
    for (*next = first; status == LAB_OK && *next < all->count; (*next)++) {
        if (!same_folder(all->paths[*next], path)) break;
        status = read_file(&l, all->paths[*next], err);
    }
    if (l.scalars == 0) lab_external_close(&l.run);
    *found = (found_run){l.run, path};
    lab_text_finish(&folder);
    lab_text_finish(&name);
    return status;
}

static lab_status write_runs(lab_ledger *ledger, const found_run *found, isize count,
                             lab_imported_runs *out, lab_error *err)
{
    lab_status status = lab_ledger_begin(ledger, err);
    for (isize i = 0; status == LAB_OK && i < count; i++)
        status = lab_external_write(found[i].run, ledger, found[i].source, out, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

static lab_status check_used(const char *path, const lab_import_wish *wish, const bool *used,
                             lab_error *err)
{
    for (isize i = 0; i < wish->count; i++)
        if (!used[i])
            return lab_fail(err, LAB_ERR_CONFIG,
                            "%s: --map %s: its event files have no such tag or hyperparameter",
                            path, wish->mappings[i].from);
    return LAB_OK;
}

static lab_status import_below(lab_ledger *ledger, const char *root, const lab_import_wish *wish,
                               lab_imported_runs *out, lab_error *err)
{
    files all = {0};
    isize next = 0, count = 0;
    lab_status status = find_files(&all, root, wish, err);
    found_run *found = lab_heap_take(all.count * (isize)sizeof *found);
    bool *used = lab_heap_take(wish->count * (isize)sizeof *used);
    for (isize i = 0; status == LAB_OK && i < all.count; i = next) {
        status = read_run(&found[count], root, &all, i, &next, wish, used, err);
        count += found[count].run != NULL;
    }
    if (status == LAB_OK && count == 0)
        status = lab_fail(err, LAB_ERR_FORMAT, "%s: its event files hold no scalar", root);
    if (status == LAB_OK) status = check_used(root, wish, used, err);
    if (status == LAB_OK) status = write_runs(ledger, found, count, out, err);
    for (isize i = 0; i < count; i++) lab_external_close(&found[i].run);
    lab_heap_free(used);
    lab_heap_free(found);
    finish_files(&all);
    return status;
}

lab_status lab_import_tensorboard(lab_ledger *ledger, const char *path, const lab_import_wish *wish,
                                  lab_imported_runs *out, lab_error *err)
{
    char root[PATH_MAX];
    *out = (lab_imported_runs){0};
    if (!realpath(path, root))
        return lab_fail(err, errno == ENOENT ? LAB_ERR_MISSING : LAB_ERR_IO, "%s: %s", path,
                        strerror(errno));
    return import_below(ledger, root, wish, out, err);
}
