/* Side: harness. A document as patchlaw report study reads it: a page without any script but its
 * own, or a sentence that names the file and a line. */
#include "fuzz.h"
#include "report/document.h"
#include <string.h>

enum { BYTES_MAX = 4096 };

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static lab_ledger *ledger;
    static int scripts; /* of a page without words */
    lab_page *page = NULL;
    lab_error err;
    if (!ledger) {
        if (lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) != LAB_OK) abort();
        lab_page_open(&page, "", "figures");
        scripts = count_of(lab_page_html(page), "<script");
        lab_page_close(&page);
    }
    if (bytes > BYTES_MAX) return 0;
    lab_document_wish wish = {
        .path = fuzz_file(0, data, bytes), .figures = "figures", .seconds = 0.5};
    lab_status status = lab_document_make(&page, ledger, &wish, &err);
    if (status == LAB_OK) {
        const char *html = lab_page_html(page);
        bool curves = strstr(html, "class=\"figure curves") != NULL; /* which bring two more */
        if (count_of(html, "<script") != scripts && !curves) abort();
        if (strstr(html, "href=\"javascript:")) abort();
        if (!*lab_page_markdown(page)) abort();
    } else if (strncmp(err.text, wish.path, strlen(wish.path)) != 0) {
        abort();
    }
    lab_page_close(&page);
    return 0;
}
