#include "cli/sections.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lab_sections_print(lab_sections *to, const char *name, const char *heading, lab_table *table)
{
    if (to->form == LAB_FORM_JSON) {
        (void)printf("%s\"%s\": ", to->printed ? ",\n" : "{", name);
        lab_table_print(table, LAB_FORM_JSON, stdout);
    } else if (to->form == LAB_FORM_CSV) {
        if (strcmp(name, to->csv) == 0) lab_table_print(table, LAB_FORM_CSV, stdout);
    } else if (table->count > 0) {
        (void)printf("%s%s%s\n%s", to->printed ? "\n" : "",
                     to->form == LAB_FORM_MARKDOWN ? "## " : "", heading,
                     to->form == LAB_FORM_MARKDOWN ? "\n" : "");
        lab_table_print(table, to->form, stdout);
    }
    to->printed++;
    lab_table_finish(table);
}

void lab_sections_end(const lab_sections *to)
{
    if (to->form == LAB_FORM_JSON) (void)printf("}\n");
}

void lab_sections_columns(lab_table *table, const char *const *names)
{
    for (; *names; names++) lab_table_column(table, *names);
}

void lab_sections_real(lab_table *table, double value)
{
    char shown[32];
    if (!isfinite(value)) {
        lab_table_null(table);
        return;
    }
    (void)snprintf(shown, sizeof shown, "%.6g", value);
    lab_table_number(table, value, shown);
}

void lab_sections_item(lab_table *table, const char *item, const char *format, ...)
{
    char words[512];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(words, sizeof words, format, list);
    va_end(list);
    lab_table_text(table, item);
    lab_table_text(table, words);
}
