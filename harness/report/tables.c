/* Rows as they are. */
#include "base/heap.h"
#include "report/figure.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = 40 }; /* letters: longer texts are broken into lines */

/* Whether a column holds numbers and nothing else but NULL. */
static bool is_number(const lab_rows *rows, int column)
{
    bool any = false;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        lab_type type = lab_rows_type(rows, row, column);
        if (type == LAB_TEXT || type == LAB_BLOB) return false;
        any = any || type != LAB_NULL;
    }
    return any;
}

static void put_cell(lab_page *page, const lab_rows *rows, isize row, int column)
{
    const char *text = lab_rows_text_at(rows, row, column);
    switch (lab_rows_type(rows, row, column)) {
    case LAB_NULL:
        lab_page_cell(page, "\u2013");
        return;
    case LAB_INT:
        lab_page_cell(page, "%s", text);
        return;
    case LAB_REAL:
        lab_page_number(page, "%.6g", lab_rows_real_at(rows, row, column));
        return;
    default:
        if (strlen(text) > WORDS)
            lab_page_cell_marked(page, "words", "%s", text);
        else
            lab_page_cell(page, "%s", text);
    }
}

void lab_render_table(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    int count = lab_rows_columns(rows);
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "None.");
        return;
    }
    lab_column *columns = lab_heap_take(count * (isize)sizeof *columns);
    for (int i = 0; i < count; i++)
        columns[i] = (lab_column){lab_rows_name(rows, i), is_number(rows, i)};
    lab_page_table(scene->page, columns, count);
    for (isize row = 0; row < lab_rows_count(rows); row++)
        for (int i = 0; i < count; i++) put_cell(scene->page, rows, row, i);
    lab_page_table_end(scene->page);
    lab_heap_free(columns);
}
