#include "move/run_copy.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "launch/host.h"
#include <string.h>
#include <sys/stat.h>

static lab_text join(const char *folder, const char *name)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/%s", folder, name);
    return path;
}

static bool has_size(const char *folder, const lab_run_file *file)
{
    struct stat info;
    lab_text path = join(folder, file->path);
    bool there = lstat(lab_text_of(&path), &info) == 0 && S_ISREG(info.st_mode) &&
                 (int64_t)info.st_size == file->bytes;
    lab_text_finish(&path);
    return there;
}

static lab_status check(const char *folder, const lab_run_file *file, lab_error *err)
{
    lab_sha256 found;
    lab_text path = join(folder, file->path);
    lab_status status = lab_sha256_of_file(&found, lab_text_of(&path), err);
    if (status == LAB_OK && strcmp(found.hex, file->sha256) != 0)
        status = lab_fail(err, LAB_ERR_FORMAT,
                          "%s: has sha256 %.12s, but the ledger knows it as %.12s; it was not "
                          "copied: find the folder that its run wrote",
                          lab_text_of(&path), found.hex, file->sha256);
    lab_text_finish(&path);
    return status;
}

/* Checkpoints of one run are of one size: only the hash tells an older one. */
static bool is_there(const char *folder, const lab_run_file *file)
{
    lab_error ignored;
    return has_size(folder, file) && check(folder, file, &ignored) == LAB_OK;
}

lab_status lab_run_copy(const char *from, const char *to, const lab_run_file *file, bool *copied,
                        lab_error *err)
{
    *copied = false;
    if (is_there(to, file)) return LAB_OK;
    if (lab_folder_locked(to))
        return lab_fail(err, LAB_ERR_BUSY,
                        "%s: an engine works in this folder; merge again when "
                        "it has ended",
                        to);
    if (!has_size(from, file))
        return lab_fail(err, LAB_ERR_MISSING,
                        "%s/%s: is not there in the size that the ledger knows (%lld bytes)", from,
                        file->path, (long long)file->bytes);
    lab_status status = check(from, file, err);
    if (status == LAB_OK) status = lab_folder_copy(from, to, "lock", err);
    if (status == LAB_OK) status = check(to, file, err);
    *copied = status == LAB_OK;
    return status;
}
