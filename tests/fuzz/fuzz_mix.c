/* Whatever the recipe says, it is refused or draws samples within its sources. */
#include "data/mix.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vt_error err;
    vt_mix mix;
    isize drawn[VT_MIX_SOURCES] = {0}, sum = 0;
    vt_status status = vt_mix_parse(&mix, "fuzz", data, (isize)size, &err);
    if (status != VT_OK && status != VT_ERR_FORMAT) abort();
    if (status != VT_OK) return 0;
    for (int i = 0; i < mix.sources; i++) mix.source[i].images = 1 + i * 7;
    for (isize place = 990; place < 1010; place++) {
        vt_mix_place at = vt_mix_at(&mix, size, place);
        if (at.source < 0 || at.source >= mix.sources || at.image < 0 ||
            at.image >= mix.source[at.source].images)
            abort();
    }
    vt_mix_drawn(&mix, size, 1234, drawn);
    for (int i = 0; i < mix.sources; i++) sum += drawn[i];
    if (sum != 1234) abort();
    vt_mix_finish(&mix);
    return 0;
}
