#include "data/open.h"
#include "data/cifar.h"
#include "data/folder.h"
#include "data/idx.h"
#include "data/tar.h"
#include "data/web.h"
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

const char *vt_format_name(vt_format format)
{
    static const char *const names[VT_FORMAT_COUNT] = {"auto",   "idx", "cifar",
                                                       "folder", "tar", "web"};
    return names[format];
}

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static vt_status part_list(vt_files *files, const vt_import_options *o, const char *path,
                           vt_part part, vt_error *err)
{
    int folder = o->format == VT_FORMAT_FOLDER || (o->format == VT_FORMAT_AUTO && is_folder(path));
    return folder ? vt_folder_list(files, path, part, err) : vt_tar_list(files, path, part, err);
}

/* Said before hundreds of files are named as misplaced. */
static vt_status layout_check(const char *path, vt_error *err)
{
    char train[PATH_BYTES + 8];
    (void)snprintf(train, sizeof train, "%s/train", path);
    if (!is_folder(path) || is_folder(train)) return VT_OK;
    return vt_fail(
        err, VT_ERR_CONFIG,
        "%.200s: neither IDX nor CIFAR files, nor a webdataset's tars, nor a folder train "
        "there; wanted "
        "train/CLASS/NAME.jpg below it, or --train PATH --test PATH with "
        "CLASS/NAME.jpg below each",
        path);
}

/* A folder with train.tar, and with val.tar and test.tar where they are there, is these. */
static int tars_found(vt_import_options *o, char paths[3][PATH_BYTES])
{
    static const char *const names[3] = {"train.tar", "val.tar", "test.tar"};
    const char **parts[3] = {&o->train, &o->val, &o->test};
    const char *folder = o->path;
    for (int i = 0; folder && i < 3; i++) {
        int length = snprintf(paths[i], PATH_BYTES, "%s/%s", folder, names[i]);
        if (length < 0 || length >= PATH_BYTES || access(paths[i], R_OK) != 0) continue;
        *parts[i] = paths[i];
    }
    if (folder && o->train) o->path = NULL;
    return folder && o->train;
}

static vt_status files_open(vt_source **out, const vt_import_options *o, const char *spool,
                            vt_error *err)
{
    vt_files *files = NULL;
    if (o->path && layout_check(o->path, err) != VT_OK) return VT_ERR_CONFIG;
    vt_status status = vt_files_open(&files, spool, err);
    if (status == VT_OK && o->path) status = part_list(files, o, o->path, VT_PART_NAMED, err);
    if (status == VT_OK && o->train) status = part_list(files, o, o->train, VT_PART_TRAIN, err);
    if (status == VT_OK && o->val) status = part_list(files, o, o->val, VT_PART_VAL, err);
    if (status == VT_OK && o->test) status = part_list(files, o, o->test, VT_PART_TEST, err);
    if (status == VT_OK) status = vt_files_start(out, &files, err);
    vt_files_close(&files);
    return status;
}

static vt_format format_find(const vt_import_options *o)
{
    if (o->format != VT_FORMAT_AUTO || !o->path) return o->format;
    if (is_folder(o->path) && vt_idx_found(o->path)) return VT_FORMAT_IDX;
    if (vt_cifar_found(o->path)) return VT_FORMAT_CIFAR;
    if (vt_web_found(o->path)) return VT_FORMAT_WEB;
    return VT_FORMAT_AUTO;
}

vt_status vt_source_open(vt_source **out, const vt_import_options *o, const char *spool,
                         vt_error *err)
{
    *out = NULL;
    char paths[3][PATH_BYTES];
    vt_import_options parts = *o;
    if (o->format == VT_FORMAT_AUTO && tars_found(&parts, paths))
        return files_open(out, &parts, spool, err);
    vt_format format = format_find(o);
    int whole = format == VT_FORMAT_IDX || format == VT_FORMAT_CIFAR || format == VT_FORMAT_WEB;
    if (o->classes > (format == VT_FORMAT_WEB) && format != VT_FORMAT_IDX)
        return vt_fail(err, VT_ERR_CONFIG,
                       "class names are given for IDX files, and one for a webdataset; others "
                       "carry their own");
    if (whole && (!o->path || o->train || o->test || o->val))
        return vt_fail(err, VT_ERR_CONFIG, "format %s takes one path that holds all there is",
                       vt_format_name(format));
    if (format == VT_FORMAT_IDX) return vt_idx_open(out, o->path, o->class_names, o->classes, err);
    if (format == VT_FORMAT_CIFAR) return vt_cifar_open(out, o->path, err);
    if (format == VT_FORMAT_WEB)
        return vt_web_open(out, o->path, o->classes > 0 ? o->class_names[0] : "web", err);
    return files_open(out, o, spool, err);
}
