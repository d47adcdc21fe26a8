#include "base/file.h"
#include "base/heap.h"
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
