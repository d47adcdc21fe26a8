/* Whatever the bytes, markers are read within them, and an orientation turns an image within its
 * own.
 */
#include "data/markers.h"
#include "fuzz.h"

enum { HIGH = 5, WIDE = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char pixels[HIGH * WIDE], upright[HIGH * WIDE];
    int seen[256] = {0};
    vt_markers m = vt_markers_read(data, (isize)size);
    if (m.orientation < 1 || m.orientation > 8) abort();
    if (m.height < 0 || m.height > 65535 || m.width < 0 || m.width > 65535) abort();
    for (int i = 0; i < HIGH * WIDE; i++) pixels[i] = (unsigned char)i;
    vt_upright_copy(upright, pixels, HIGH, WIDE, 1, m.orientation);
    for (int i = 0; i < HIGH * WIDE; i++)
        if (upright[i] >= HIGH * WIDE || seen[upright[i]]++) abort();
    return 0;
}
