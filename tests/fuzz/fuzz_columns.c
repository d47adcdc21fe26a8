/* Whatever a sample says of itself, questions about it end, and answers are within their bounds. */
#include "data/columns.h"
#include "fuzz.h"
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vt_columns_box boxes[VT_COLUMNS_BOXES_MAX];
    static const char *const names[] = {"uid", "sha256", "score", "face_bboxes", "a", ""};
    vt_columns columns = {(const char *)data, (isize)size};
    int valid = vt_columns_valid(&columns);
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        char text[33];
        double value = 0;
        isize count = 0;
        if (vt_columns_real(&columns, names[i], &value) == VT_COLUMN_FOUND && !isfinite(value))
            abort();
        if (vt_columns_text(&columns, names[i], text, sizeof text) == VT_COLUMN_FOUND &&
            strlen(text) >= sizeof text)
            abort();
        if (vt_columns_boxes(&columns, names[i], boxes, &count) != VT_COLUMN_FOUND) continue;
        if (count < 0 || count > VT_COLUMNS_BOXES_MAX) abort();
        for (isize k = 0; k < count; k++)
            if (!(boxes[k].left <= boxes[k].right && boxes[k].top <= boxes[k].bottom)) abort();
    }
    if (valid && (size == 0 || memchr("{ \t\r\n", data[0], 5) == NULL)) abort();
    return 0;
}
