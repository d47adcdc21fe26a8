#include "base/file.h"
#include "base/heap.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

lab_status lab_file_read_stream(lab_text *text, FILE *file, const char *name, int mib_max,
                                lab_error *err)
{
    char buffer[65536];
    size_t bytes = 0;
    while ((bytes = fread(buffer, 1, sizeof buffer, file)) > 0) {
        lab_text_bytes(text, buffer, (isize)bytes);
        if (text->length > (isize)mib_max << 20)
            return lab_fail(err, LAB_ERR_CONFIG, "%s: is larger than %d MiB, the most that is read",
                            name, mib_max);
    }
    if (ferror(file))
        return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", name, strerror(errno));
    return LAB_OK;
}

lab_status lab_file_read(lab_text *text, const char *path, int mib_max, lab_error *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return lab_fail(err, errno == ENOENT ? LAB_ERR_MISSING : LAB_ERR_IO, "%s: %s", path,
                        strerror(errno));
    lab_status status = lab_file_read_stream(text, file, path, mib_max, err);
    (void)fclose(file);
    return status;
}

static bool pour(FILE *from, FILE *to)
{
    char buffer[65536];
    size_t bytes = 0;
    while ((bytes = fread(buffer, 1, sizeof buffer, from)) > 0)
        if (fwrite(buffer, 1, bytes, to) != bytes) return false;
    return !ferror(from) && fflush(to) == 0 && fsync(fileno(to)) == 0;
}

lab_status lab_file_copy(const char *from, const char *to, lab_error *err)
{
    lab_text partial = {0};
    lab_text_add(&partial, "%s.partial", to);
    lab_status status = LAB_OK;
    FILE *source = fopen(from, "rbe"),
         *target = source ? fopen(lab_text_of(&partial), "wbe") : NULL;
    bool good = target && pour(source, target);
    if (source) (void)fclose(source);
    if (target && fclose(target) != 0) good = false;
    if (good && rename(lab_text_of(&partial), to) != 0) good = false;
    if (!good) {
        status =
            lab_fail(err, LAB_ERR_IO, "%s: cannot be copied to %s: %s", from, to, strerror(errno));
        if (target) (void)unlink(lab_text_of(&partial));
    }
    lab_text_finish(&partial);
    return status;
}

lab_status lab_file_write(const char *path, const lab_text *text, lab_error *err)
{
    lab_text partial = {0};
    lab_text_add(&partial, "%s.partial", path);
    lab_status status = LAB_OK;
    FILE *file = fopen(lab_text_of(&partial), "wbe");
    bool good =
        file && fwrite(lab_text_of(text), 1, (size_t)text->length, file) == (size_t)text->length;
    if (good) good = fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file && fclose(file) != 0) good = false;
    if (good && rename(lab_text_of(&partial), path) != 0) good = false;
    if (!good) {
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
        if (file) (void)unlink(lab_text_of(&partial));
    }
    lab_text_finish(&partial);
    return status;
}

lab_status lab_folder_make(const char *folder, lab_error *err)
{
    char *path = lab_heap_text(folder);
    lab_status status = LAB_OK;
    for (char *c = path + 1; status == LAB_OK; c++) {
        if (*c != '/' && *c != 0) continue;
        char kept = *c;
        *c = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            status =
                lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s", path, strerror(errno));
        *c = kept;
        if (kept == 0) break;
    }
    lab_heap_free(path);
    return status;
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

static lab_status copy_one(const char *from, const char *to, const char *name, lab_error *err)
{
    struct stat info;
    lab_text source = {0}, target = {0};
    lab_status status = LAB_OK;
    lab_text_add(&source, "%s/%s", from, name);
    lab_text_add(&target, "%s/%s", to, name);
    if (lstat(lab_text_of(&source), &info) == 0 && S_ISREG(info.st_mode))
        status = lab_file_copy(lab_text_of(&source), lab_text_of(&target), err);
    lab_text_finish(&source);
    lab_text_finish(&target);
    return status;
}

lab_status lab_folder_copy(const char *from, const char *to, const char *besides, lab_error *err)
{
    lab_status status = LAB_OK;
    DIR *folder = opendir(from);
    if (!folder) return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", from, strerror(errno));
    if (mkdir(to, 0777) != 0 && errno != EEXIST)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s", to, strerror(errno));
    for (const struct dirent *entry = readdir(folder); status == LAB_OK && entry;
         entry = readdir(folder))
        if (strcmp(entry->d_name, besides) != 0 && !ends_in(entry->d_name, ".partial"))
            status = copy_one(from, to, entry->d_name, err);
    (void)closedir(folder);
    return status;
}

lab_status lab_folder_remove(const char *folder, lab_error *err)
{
    DIR *open = opendir(folder);
    if (!open && errno == ENOENT) return LAB_OK;
    bool good = open != NULL;
    for (const struct dirent *entry = good ? readdir(open) : NULL; good && entry;
         entry = readdir(open))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            good = unlinkat(dirfd(open), entry->d_name, 0) == 0;
    good = good && rmdir(folder) == 0;
    int why = errno;
    if (open) (void)closedir(open);
    return good ? LAB_OK
                : lab_fail(err, LAB_ERR_IO, "%s: cannot be removed: %s", folder, strerror(why));
}
