/* A list of URLs, CSV, TSV or JSONL by the first byte: what is accepted gives rows whose columns
 * are JSON, and the same ones when it is read again. */
#include "data/json.h"
#include "fetch/list.h"
#include "fetch/text.h"
#include "fuzz.h"
#include <string.h>

static vt_error err;

static void check_row(const vt_list_row *row)
{
    const char *fault = NULL;
    vt_text object = {0};
    if (!row->url || !row->sha256 || row->line < 1) abort();
    vt_text_put(&object, "{", 1);
    vt_text_put(&object, row->json, row->json_bytes);
    vt_text_put(&object, "}", 1);
    const char *at = vt_text_at(&object, 0), *end = at + object.used;
    if (vt_json_skip(at, end, VT_JSON_STRICT, &fault) != end) abort();
    for (isize length = 1; at < end; at += length) {
        length = vt_utf8_length(at, end - at);
        if (length == 0) abort();
    }
    vt_text_finish(&object);
}

static vt_status read_all(const vt_list_options *options, char digest[VT_SHA256_HEX], isize *rows)
{
    vt_list *list = NULL;
    vt_list_row row;
    int more = 1;
    *rows = 0;
    vt_status status = vt_list_open(&list, options, &err);
    while (status == VT_OK && more) {
        status = vt_list_next(list, &row, &more, &err);
        if (status == VT_OK && more) check_row(&row), (*rows)++;
    }
    if (status == VT_OK) status = vt_list_digest(list, digest, &err);
    vt_list_close(&list);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const vt_list_map map = {"url", "URL"};
    char digest[2][VT_SHA256_HEX];
    isize rows[2];
    if (size == 0) return 0;
    vt_list_options options = {
        .format = (vt_list_format)(1 + data[0] % 3), .maps = &map, .maps_used = data[0] >= 128};
    options.path = fuzz_file(0, data + 1, size - 1);
    vt_status status = read_all(&options, digest[0], &rows[0]);
    if (status != VT_OK && err.text[0] == '\0') abort();
    if (status != VT_OK) return 0;
    if (read_all(&options, digest[1], &rows[1]) != VT_OK || rows[0] != rows[1]) abort();
    if (strcmp(digest[0], digest[1]) != 0) abort();
    return 0;
}
