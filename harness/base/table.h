/* base/table.h - rows for people, and the same rows for programs.
 *
 *     lab_table table = {0};
 *     lab_table_column(&table, "run");
 *     lab_table_column(&table, "params");
 *     lab_table_text(&table, "3fa9c1d20b7e");
 *     lab_table_number(&table, 163840, lab_short_count(163840).text);
 *     lab_table_print(&table, LAB_FORM_TABLE, stdout);
 *     lab_table_finish(&table);
 *
 * Cells are added row by row, from the left; all columns are named before the first cell. Where
 * a number is shown short, the other forms carry it exactly. In JSON, which has no word for them,
 * nan, inf and -inf are strings.
 */
#ifndef LAB_TABLE_H
#define LAB_TABLE_H
#include "base/base.h"
#include <stdio.h>

typedef enum { LAB_FORM_TABLE, LAB_FORM_CSV, LAB_FORM_JSON, LAB_FORM_MARKDOWN } lab_form;

typedef struct {
    char *shown, *exact; /* owned; exact NULL: as shown */
    bool number, null;
} lab_table_cell;

typedef struct {
    char **names;          /* owned */
    lab_table_cell *cells; /* owned, row by row */
    isize columns, count, capacity;
} lab_table;

void lab_table_column(lab_table *table, const char *name);
void lab_table_text(lab_table *table, const char *text);
void lab_table_int(lab_table *table, int64_t value);
/* shown NULL: the number with the fewest exact digits. */
void lab_table_number(lab_table *table, double value, const char *shown);
void lab_table_null(lab_table *table); /* shown as -, empty in CSV, null in JSON */
void lab_table_print(const lab_table *table, lab_form form, FILE *out);
void lab_table_finish(lab_table *table);
#endif
