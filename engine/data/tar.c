#include "data/tar.h"
#include "data/archive.h"
#include "data/buffer.h"

enum { PIECE = 1 << 20 };

/* Reads the entry whole, or one byte more than a JPEG may have. */
static vt_status entry_read(vt_archive *archive, vt_buffer *buffer, isize *bytes, vt_error *err)
{
    isize got = PIECE;
    *bytes = 0;
    while (got == PIECE && *bytes <= VT_JPEG_BYTES_MAX) {
        vt_status status = vt_buffer_reserve(buffer, *bytes + PIECE, err);
        if (status == VT_OK)
            status = vt_archive_read(archive, (char *)buffer->data + *bytes, PIECE, &got, err);
        if (status != VT_OK) return status;
        *bytes += got;
    }
    return VT_OK;
}

static vt_status entry_spool(vt_files *files, vt_archive *archive, vt_buffer *buffer, vt_file *file,
                             vt_error *err)
{
    vt_status status = entry_read(archive, buffer, &file->bytes, err);
    file->skip = file->bytes > VT_JPEG_BYTES_MAX ? VT_SKIP_LARGE : VT_SKIP_NONE;
    if (status != VT_OK || file->skip != VT_SKIP_NONE) return status;
    return vt_files_spool(files, buffer->data, file->bytes, &file->offset, err);
}

vt_status vt_tar_list(vt_files *files, const char *path, vt_part part, vt_error *err)
{
    vt_archive *archive = NULL;
    vt_buffer buffer = {0};
    int input = 0, more = 1;
    vt_status status = vt_files_input(files, path, &input, err);
    if (status == VT_OK) status = vt_archive_open(&archive, path, VT_ARCHIVE_TAR, err);
    while (status == VT_OK) {
        vt_archive_entry entry;
        status = vt_archive_next(archive, &entry, &more, err);
        if (status != VT_OK || !more) break;
        if (entry.folder) continue;
        vt_file file = {.input = input, .part = part, .path = entry.name, .skip = VT_SKIP_LINK};
        if (entry.plain) status = entry_spool(files, archive, &buffer, &file, err);
        if (status == VT_OK) status = vt_files_add(files, &file, err);
    }
    vt_archive_close(&archive);
    vt_buffer_finish(&buffer);
    return status;
}
