#include "data/folder.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, DEPTH_MAX = 8 };

typedef struct {
    vt_files *files;
    int input;
    vt_part part;
    char path[PATH_BYTES]; /* of the folder or file that is being looked at */
    size_t root;           /* bytes of path that are the input itself, with the slash */
} walk;

static vt_status entry_list(walk *w, int depth, vt_error *err);

static vt_status children_list(walk *w, int depth, vt_error *err)
{
    vt_status status = VT_OK;
    size_t length = strlen(w->path);
    DIR *folder = opendir(w->path);
    if (!folder)
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot open: %s", w->path, strerror(errno));
    while (status == VT_OK) {
        errno = 0;
        const struct dirent *child = readdir(folder);
        if (!child && errno != 0)
            status = vt_fail(err, VT_ERR_IO, "%.200s: cannot read: %s", w->path, strerror(errno));
        if (!child) break;
        if (strcmp(child->d_name, ".") == 0 || strcmp(child->d_name, "..") == 0) continue;
        int more = snprintf(w->path + length, sizeof w->path - length, "/%s", child->d_name);
        if (more < 0 || (size_t)more >= sizeof w->path - length)
            status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", w->path);
        else
            status = entry_list(w, depth + 1, err);
        w->path[length] = '\0';
    }
    (void)closedir(folder);
    return status;
}

static vt_status entry_list(walk *w, int depth, vt_error *err)
{
    struct stat info;
    if (lstat(w->path, &info) != 0)
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot look at: %s", w->path, strerror(errno));
    if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX) return children_list(w, depth, err);
    vt_file file = {.input = w->input,
                    .part = w->part,
                    .path = w->path + w->root,
                    .skip = S_ISREG(info.st_mode)   ? VT_SKIP_NONE
                            : S_ISDIR(info.st_mode) ? VT_SKIP_PATH
                                                    : VT_SKIP_LINK,
                    .offset = -1};
    return vt_files_add(w->files, &file, err);
}

vt_status vt_folder_list(vt_files *files, const char *path, vt_part part, vt_error *err)
{
    walk w = {.files = files, .part = part};
    vt_status status = vt_files_input(files, path, &w.input, err);
    if (status != VT_OK) return status;
    int length = snprintf(w.path, sizeof w.path, "%s", path);
    if (length < 1 || (size_t)length >= sizeof w.path)
        return vt_fail(err, VT_ERR_IO, "%.200s...: empty path, or one too long", path);
    w.root = (size_t)length + 1;
    return children_list(&w, 0, err);
}
