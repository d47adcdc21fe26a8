/* ISO/IEC 10918-1, annex B, and EXIF 2.3: APP1 holds "Exif\0\0" and a TIFF, whose first folder may
 * have the tag 0x0112, a SHORT. */
#include "data/markers.h"
#include <string.h>

enum { SOI = 0xD8, SOS = 0xDA, EOI = 0xD9, APP1 = 0xE1, TAG = 0x0112, SHORT_TYPE = 3, ENTRY = 12 };

typedef struct {
    const unsigned char *data;
    isize bytes;
    int little; /* 1: little-endian */
} tiff;

static unsigned read2(const tiff *t, isize at)
{
    const unsigned char *p = t->data + at;
    return t->little ? p[0] | (unsigned)p[1] << 8 : p[1] | (unsigned)p[0] << 8;
}

static isize read4(const tiff *t, isize at)
{
    isize low = read2(t, t->little ? at : at + 2), high = read2(t, t->little ? at + 2 : at);
    return high << 16 | low;
}

static int orientation_of(const unsigned char *data, isize bytes)
{
    static const unsigned char exif[6] = {'E', 'x', 'i', 'f', 0, 0};
    if (bytes < 6 + 8 || memcmp(data, exif, 6) != 0) return 1;
    tiff t = {.data = data + 6, .bytes = bytes - 6};
    t.little = t.data[0] == 'I';
    if (memcmp(t.data, t.little ? "II" : "MM", 2) != 0 || read2(&t, 2) != 42) return 1;
    isize folder = read4(&t, 4);
    if (folder < 8 || folder > t.bytes - 2) return 1;
    isize entries = read2(&t, folder);
    for (isize i = 0; i < entries; i++) {
        isize at = folder + 2 + i * ENTRY;
        if (at + ENTRY > t.bytes) return 1;
        if (read2(&t, at) != TAG) continue;
        unsigned value = read2(&t, at + 8);
        return read2(&t, at + 2) == SHORT_TYPE && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

static int is_frame(int marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static void frame_read(vt_markers *m, int marker, const unsigned char *data, isize bytes)
{
    if (bytes < 6 || m->precision > 0) return;
    m->precision = data[0];
    m->height = data[1] << 8 | data[2];
    m->width = data[3] << 8 | data[4];
    m->components = data[5];
    m->progressive = (marker & 3) == 2;
}

vt_markers vt_markers_read(const unsigned char *data, isize bytes)
{
    vt_markers m = {.orientation = 1};
    isize at = 2;
    int told = 0;
    if (bytes < 4 || data[0] != 0xFF || data[1] != SOI) return m;
    while (at + 4 <= bytes && data[at] == 0xFF) {
        int marker = data[at + 1];
        if (marker == 0xFF) { /* padding */
            at++;
            continue;
        }
        if (marker == SOS || marker == EOI) break;
        isize length = data[at + 2] << 8 | data[at + 3];
        if (length < 2 || length > bytes - at - 2) break;
        const unsigned char *content = data + at + 4;
        if (is_frame(marker)) frame_read(&m, marker, content, length - 2);
        if (marker == APP1 && !told) {
            m.orientation = orientation_of(content, length - 2);
            told = m.orientation > 1;
        }
        at += 2 + length;
    }
    return m;
}

/* ---- which way up ---- */

vt_upright vt_upright_of(int orientation, int height, int width)
{
    isize h = height, w = width, last = h * w - 1;
    switch (orientation) {
    case 2: /* mirrored left to right */
        return (vt_upright){w - 1, w, -1};
    case 3: /* turned by half */
        return (vt_upright){last, -w, -1};
    case 4: /* mirrored top to bottom */
        return (vt_upright){(h - 1) * w, -w, 1};
    case 5: /* transposed */
        return (vt_upright){0, 1, w};
    case 6: /* to be turned by a quarter, clockwise */
        return (vt_upright){(h - 1) * w, 1, -w};
    case 7: /* transposed along the other diagonal */
        return (vt_upright){last, -1, -w};
    case 8: /* to be turned by a quarter, counter-clockwise */
        return (vt_upright){w - 1, -1, w};
    default:
        return (vt_upright){0, w, 1};
    }
}

void vt_upright_copy(unsigned char *out, const unsigned char *pixels, int height, int width,
                     int channels, int orientation)
{
    vt_upright u = vt_upright_of(orientation, height, width);
    isize rows = orientation >= 5 ? width : height, columns = orientation >= 5 ? height : width;
    for (isize y = 0; y < rows; y++)
        for (isize x = 0; x < columns; x++) {
            const unsigned char *from = pixels + (u.first + y * u.row + x * u.column) * channels;
            for (int c = 0; c < channels; c++) *out++ = from[c];
        }
}
