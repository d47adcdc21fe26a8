/* Pictures of a page: inside the HTML as base64, in a file beside the Markdown. */
#include "base/heap.h"
#include "report/escape.h"
#include "report/page_parts.h"
#include <openssl/evp.h>

static void put_base64(lab_text *out, const char *bytes, isize count)
{
    isize room = (count + 2) / 3 * 4 + 1;
    unsigned char *text = lab_heap_take(room);
    (void)EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)count);
    lab_text_put(out, (const char *)text);
    lab_heap_free(text);
}

void lab_page_picture(lab_page *page, const char *name, const lab_text *png, const char *about)
{
    lab_page_end_list(page);
    lab_text_put(&page->html, "<figure class=\"figure picture\" data-name=\"");
    lab_escape_html(&page->html, name);
    lab_text_put(&page->html, "\"><img alt=\"");
    lab_escape_html(&page->html, about);
    lab_text_put(&page->html, "\" src=\"data:image/png;base64,");
    put_base64(&page->html, png->data, png->length);
    lab_text_put(&page->html, "\"></figure>\n");
    lab_page_figure *kept = lab_page_keep(page, name);
    lab_text_bytes(&kept->png, png->data, png->length);
    lab_text_put(&page->markdown, "![");
    lab_escape_markdown(&page->markdown, about);
    lab_page_link(page, name, ".png)\n\n");
}
