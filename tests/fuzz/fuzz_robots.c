/* What strangers' servers and lists say: X-Robots-Tag, URLs, networks, and bytes that are images or
 * not. */
#include "fetch/address.h"
#include "fetch/judge.h"
#include "fetch/robots.h"
#include "fetch/url.h"
#include "fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *why = NULL;
    isize length = 0;
    const char *found =
        vt_robots_refusal(text, (isize)size, "patchlaw", VT_ROBOTS_DEFAULT, &length);
    if (found && (found < text || found + length > text + size || length < 4)) abort();
    char detail[VT_JUDGE_DETAIL], copy[512];
    vt_state state = vt_judge(data, (isize)size, "00", size % 2 ? "00" : "", detail);
    if (state == VT_STATE_OK && size < 3) abort();
    size_t kept = size < sizeof copy - 1 ? size : sizeof copy - 1;
    memcpy(copy, data, kept);
    copy[kept] = '\0';
    vt_network network;
    if (vt_network_read(&network, copy) && (network.bits < 0 || network.bits > 128)) abort();
    vt_url url;
    if (vt_url_read(&url, copy, size % 2, &why)) {
        if (!url.target || (url.file && size % 2 == 0)) abort();
        if (!url.file && strlen(url.host) == 0) abort();
    } else if (!why) {
        abort();
    }
    vt_url_finish(&url);
    return 0;
}
