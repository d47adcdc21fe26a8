/* cli/sections.h - an answer of several tables: under headings for people, one JSON object for
 * programs, and in CSV, which holds one table, that one.
 *
 *     lab_sections to = {.form = form, .csv = "parameters"};
 *     lab_table table = {0};
 *     lab_sections_columns(&table, (const char *const[]){"name", "value", NULL});
 *     lab_table_text(&table, "alpha");
 *     lab_sections_real(&table, 0.34);
 *     lab_sections_print(&to, "parameters", "Parameters", &table);
 *     lab_sections_end(&to);
 */
#ifndef LAB_SECTIONS_H
#define LAB_SECTIONS_H
#include "base/table.h"

typedef struct {
    lab_form form;
    const char *csv; /* the name of the section that CSV holds */
    int printed;     /* sections so far */
} lab_sections;

/* Prints the table under its heading, in JSON as a member of that name, and finishes it. An empty
 * one is left out but for JSON. */
void lab_sections_print(lab_sections *to, const char *name, const char *heading, lab_table *table);
void lab_sections_end(const lab_sections *to);

/* ---- what goes into the tables ---- */

void lab_sections_columns(lab_table *table, const char *const *names); /* NULL behind the last */
/* Six digits for people, all of them for programs; what is not finite is NULL. */
void lab_sections_real(lab_table *table, double value);
/* A row of an item and of words about it. */
void lab_sections_item(lab_table *table, const char *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
