#include "fetch/tarball.h"
#include <stdio.h>
#include <string.h>

enum { BLOCK = 512 };

vt_status vt_tarball_put(vt_writer *writer, const char *name, const void *data, isize bytes,
                         vt_error *err)
{
    char header[BLOCK + 1] = {0};
    static const char zeros[BLOCK] = {0};
    static const char magic[8] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
    VT_ASSERT(strlen(name) < 100);
    (void)snprintf(header, 100, "%s", name);
    (void)snprintf(header + 100, 8, "%07o", 0644u);
    (void)snprintf(header + 108, 8, "%07o", 0u); /* owner, group and time are nobody's */
    (void)snprintf(header + 116, 8, "%07o", 0u);
    (void)snprintf(header + 124, 12, "%011llo", (unsigned long long)bytes);
    (void)snprintf(header + 136, 12, "%011o", 0u);
    header[156] = '0';
    memcpy(header + 257, magic, sizeof magic);
    memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < BLOCK; i++) sum += (unsigned char)header[i];
    (void)snprintf(header + 148, 8, "%06o", sum); /* NUL, and the blank that is there */
    vt_status status = vt_writer_put(writer, header, BLOCK, err);
    if (status == VT_OK) status = vt_writer_put(writer, data, bytes, err);
    isize rest = bytes % BLOCK;
    if (status == VT_OK && rest > 0) status = vt_writer_put(writer, zeros, BLOCK - rest, err);
    return status;
}

vt_status vt_tarball_end(vt_writer *writer, vt_error *err)
{
    static const char zeros[2 * BLOCK] = {0};
    return vt_writer_put(writer, zeros, sizeof zeros, err);
}
