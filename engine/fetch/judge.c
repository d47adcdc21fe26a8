#include "fetch/judge.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    isize at, bytes;
    const char *magic, *name;
} kinds[] = {
    {0, 4, "\x89PNG", "PNG"},   {0, 4, "GIF8", "GIF"},
    {8, 4, "WEBP", "WebP"},     {4, 4, "ftyp", "AVIF or HEIC, or a film"},
    {0, 2, "BM", "BMP"},        {0, 4, "II*\0", "TIFF"},
    {0, 4, "MM\0*", "TIFF"},    {0, 4, "%PDF", "PDF"},
    {0, 2, "\x1f\x8b", "gzip"}, {0, 2, "\xff\x0a", "JPEG XL"},
};

static int begins(const char *text, isize bytes, const char *with)
{
    isize length = (isize)strlen(with);
    return bytes >= length && strncasecmp(text, with, (size_t)length) == 0;
}

static void name_kind(const unsigned char *body, isize bytes, char *detail)
{
    const char *text = (const char *)body;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (bytes < kinds[i].at + kinds[i].bytes) continue;
        if (memcmp(body + kinds[i].at, kinds[i].magic, (size_t)kinds[i].bytes) != 0) continue;
        (void)snprintf(detail, VT_JUDGE_DETAIL, "%s", kinds[i].name);
        return;
    }
    while (bytes > 0 && strchr(" \t\r\n", *text)) text++, bytes--;
    const char *name = begins(text, bytes, "<!doctype html") || begins(text, bytes, "<html")
                           ? "HTML"
                       : begins(text, bytes, "<svg") ? "SVG"
                       : begins(text, bytes, "<")    ? "XML"
                       : begins(text, bytes, "{")    ? "JSON"
                                                     : NULL;
    if (name)
        (void)snprintf(detail, VT_JUDGE_DETAIL, "%s", name);
    else if (bytes < 4)
        (void)snprintf(detail, VT_JUDGE_DETAIL, "less than four bytes");
    else
        (void)snprintf(detail, VT_JUDGE_DETAIL, "begins %02x %02x %02x %02x",
                       (unsigned char)text[0], (unsigned char)text[1], (unsigned char)text[2],
                       (unsigned char)text[3]);
}

static int has_end(const unsigned char *body, isize bytes)
{
    for (isize i = bytes - 2; i >= 2; i--)
        if (body[i] == 0xff && body[i + 1] == 0xd9) return 1;
    return 0;
}

vt_state vt_judge(const unsigned char *body, isize bytes, const char *sha256, const char *declared,
                  char detail[VT_JUDGE_DETAIL])
{
    detail[0] = '\0';
    if (bytes == 0) {
        (void)snprintf(detail, VT_JUDGE_DETAIL, "empty");
        return VT_STATE_NOT_JPEG;
    }
    if (bytes < 3 || memcmp(body, "\xff\xd8\xff", 3) != 0) {
        name_kind(body, bytes, detail);
        return VT_STATE_NOT_JPEG;
    }
    if (!*declared) return has_end(body, bytes) ? VT_STATE_OK : VT_STATE_TRUNCATED;
    if (strcasecmp(sha256, declared) == 0) return VT_STATE_OK;
    (void)snprintf(detail, VT_JUDGE_DETAIL, "declared %.64s", declared);
    return VT_STATE_HASH;
}
