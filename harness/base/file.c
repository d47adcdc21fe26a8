#include "base/file.h"
#include <errno.h>
#include <string.h>

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
