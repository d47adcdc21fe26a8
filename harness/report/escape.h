/* report/escape.h - text from outside, written so that it stays text.
 *
 * Names of runs, sweeps, hosts and reasons come from people and machines and may hold anything.
 * Each function appends text to out in one language's spelling; but in addresses, which name
 * files, bytes that are not UTF-8, and control characters (which XML has no spelling for), come
 * out as U+FFFD, the replacement character. NULL is written as nothing (as null in JSON).
 */
#ifndef LAB_ESCAPE_H
#define LAB_ESCAPE_H
#include "base/text.h"

/* For element content and quoted attributes of HTML, XML and SVG. */
void lab_escape_html(lab_text *out, const char *text);

/* A JSON string with its quotes that may also stand inside <script>. */
void lab_escape_json(lab_text *out, const char *text);

/* For a paragraph or table cell of Markdown: one line, no mark-up, no HTML, no table border. */
void lab_escape_markdown(lab_text *out, const char *text);

/* One part of a path in an address: every byte but ASCII letters, digits and -._~ as %XX. */
void lab_escape_url(lab_text *out, const char *text);

/* A fenced Markdown block, whose fence is longer than any run of backticks in text. */
void lab_escape_markdown_block(lab_text *out, const char *language, const char *text);
#endif
