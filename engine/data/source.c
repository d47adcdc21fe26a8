#include "data/source.h"

const char *vt_skip_text(vt_skip skip)
{
    static const char *const texts[VT_SKIP_COUNT] = {
        [VT_SKIP_NONE] = "good",
        [VT_SKIP_DAMAGED] = "damaged JPEG",
        [VT_SKIP_FOREIGN] = "not a JPEG",
        [VT_SKIP_COLOUR] = "unsupported colour space",
        [VT_SKIP_LARGE] = "too large",
        [VT_SKIP_CLASS] = "unknown class",
        [VT_SKIP_PATH] = "not class/NAME",
        [VT_SKIP_LINK] = "link or device",
        [VT_SKIP_COLUMNS] = "unreadable JSON",
        [VT_SKIP_TWICE] = "named twice",
    };
    return texts[skip];
}

vt_status vt_source_next(vt_source *source, vt_item *item, int *more, vt_error *err)
{
    *item = (vt_item){0};
    *more = 0;
    return source->next(source, item, more, err);
}

void vt_source_close(vt_source **source)
{
    if (*source) (*source)->close(*source);
    *source = NULL;
}
