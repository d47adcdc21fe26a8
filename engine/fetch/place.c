#include "fetch/place.h"
#include "base/file.h"
#include "fetch/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void describe(const vt_place *place, vt_text *out)
{
    vt_text_format(out, "patchlaw fetch 1\nlist_sha256 %s\nrows %td\nsamples %td\n",
                   place->list_sha256, place->rows, place->samples);
    vt_text_format(out, "columns_sha256 %s\n", place->columns_sha256);
}

/* Which line differs, for the sentence. */
static const char *difference(const char *want, const vt_map *have)
{
    static const struct {
        const char *line, *means;
    } lines[] = {{"list_sha256 ", "of another list"},
                 {"rows ", "of another list"},
                 {"samples ", "in parts of another size; --samples must stay the same"},
                 {"columns_sha256 ", "with other columns; --map must stay the same"}};
    isize bytes = (isize)strlen(want);
    isize at = 0;
    while (at < bytes && at < have->bytes && want[at] == (char)have->data[at]) at++;
    while (at > 0 && want[at - 1] != '\n') at--;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strncmp(want + at, lines[i].line, strlen(lines[i].line)) == 0) return lines[i].means;
    return "of another version of this program";
}

static vt_status compare(const vt_place *place, const char *path, const char *want, vt_error *err)
{
    vt_map have;
    vt_status status = vt_map_open(&have, path, err);
    if (status != VT_OK) return status;
    isize bytes = (isize)strlen(want);
    if (have.bytes != bytes || memcmp(have.data, want, (size_t)bytes) != 0)
        status = vt_fail(err, VT_ERR_CONFIG,
                         "%.200s holds a fetch %s; give this one a folder of its own (--out)",
                         place->folder, difference(want, &have));
    vt_map_close(&have);
    return status;
}

static int is_empty(const char *folder)
{
    int empty = 1;
    DIR *stream = opendir(folder);
    if (!stream) return 0;
    for (const struct dirent *file = readdir(stream); file; file = readdir(stream))
        if (file->d_name[0] != '.' && strcmp(file->d_name, "lock") != 0 &&
            strcmp(file->d_name, "fetch.txt.partial") != 0)
            empty = 0;
    (void)closedir(stream);
    return empty;
}

static vt_status take_lock(vt_place *place, vt_error *err)
{
    char path[VT_PLACE_PATH];
    (void)snprintf(path, sizeof path, "%s/lock", place->folder);
    place->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (place->lock < 0)
        return vt_fail(err, vt_error_of(errno), "%.200s: cannot open: %s", path, strerror(errno));
    if (flock(place->lock, LOCK_EX | LOCK_NB) == 0) return VT_OK;
    return vt_fail(err, VT_ERR_IO, "%.200s: another fetch is at work there", place->folder);
}

static vt_status write_down(const char *path, const char *text, vt_error *err)
{
    vt_writer *writer = NULL;
    vt_status status = vt_writer_open(&writer, path, err);
    if (status == VT_OK) status = vt_writer_put(writer, text, (isize)strlen(text), err);
    if (status == VT_OK) status = vt_writer_commit(writer, NULL, err);
    vt_writer_close(&writer);
    return status;
}

vt_status vt_place_open(vt_place *place, vt_error *err)
{
    char path[VT_PLACE_PATH];
    vt_text text = {0};
    (void)snprintf(path, sizeof path, "%s/fetch.txt", place->folder);
    place->lock = -1;
    vt_status status = vt_folder_make(place->folder, err);
    if (status == VT_OK && access(path, F_OK) != 0 && !is_empty(place->folder))
        status = vt_fail(err, VT_ERR_CONFIG,
                         "%.200s: holds files that are of no fetch; give it a folder of its own",
                         place->folder);
    if (status == VT_OK) status = take_lock(place, err);
    describe(place, &text);
    vt_text_put(&text, "", 1);
    if (status == VT_OK) status = vt_text_check(&text, err);
    if (status != VT_OK) goto done;
    const char *want = vt_text_at(&text, 0);
    if (access(path, F_OK) == 0)
        status = compare(place, path, want, err);
    else
        status = write_down(path, want, err);
done:
    vt_text_finish(&text);
    if (status != VT_OK) vt_place_close(place);
    return status;
}

void vt_place_close(vt_place *place)
{
    if (place->lock >= 0) (void)close(place->lock);
    place->lock = -1;
}

isize vt_place_parts(const vt_place *place)
{
    return (place->rows + place->samples - 1) / place->samples;
}

isize vt_place_part_rows(const vt_place *place, isize part)
{
    return vt_min(place->samples, place->rows - part * place->samples);
}

void vt_place_path(const vt_place *place, isize part, const char *ending, char *path)
{
    (void)snprintf(path, VT_PLACE_PATH, "%s/%05td%s", place->folder, part, ending);
}

void vt_place_key(const vt_place *place, isize part, isize row, char *key)
{
    int digits = 1;
    for (isize n = place->samples - 1; n >= 10; n /= 10) digits++;
    (void)snprintf(key, 48, "%05td%0*td", part, digits, row);
}
