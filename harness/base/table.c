#include "base/table.h"
#include "base/heap.h"
#include "base/terminal.h"
#include "base/text.h"
#include <math.h>

void lab_table_column(lab_table *table, const char *name)
{
    LAB_ASSERT(table->count == 0);
    isize bytes = (isize)sizeof *table->names;
    table->names =
        lab_heap_grow(table->names, table->columns * bytes, (table->columns + 1) * bytes);
    table->names[table->columns++] = lab_heap_text(name);
}

static lab_table_cell *add(lab_table *table)
{
    if (table->count == table->capacity) {
        isize bytes = (isize)sizeof *table->cells, capacity = table->capacity * 2 + 64;
        table->cells = lab_heap_grow(table->cells, table->capacity * bytes, capacity * bytes);
        table->capacity = capacity;
    }
    return &table->cells[table->count++];
}

void lab_table_text(lab_table *table, const char *text)
{
    *add(table) = (lab_table_cell){.shown = lab_heap_text(text)};
}

void lab_table_int(lab_table *table, int64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    *add(table) = (lab_table_cell){.shown = lab_heap_text(text), .number = true};
}

void lab_table_number(lab_table *table, double value, const char *shown)
{
    lab_short exact = lab_short_real(value);
    *add(table) = (lab_table_cell){.shown = lab_heap_text(shown ? shown : exact.text),
                                   .exact = lab_heap_text(exact.text),
                                   .number = isfinite(value)};
}

void lab_table_null(lab_table *table)
{
    *add(table) =
        (lab_table_cell){.shown = lab_heap_text("-"), .exact = lab_heap_text(""), .null = true};
}

static const char *exact_of(const lab_table_cell *cell)
{
    return cell->exact ? cell->exact : cell->shown;
}

static void put_json(const lab_table *table, lab_text *text)
{
    lab_text_put(text, "[");
    for (isize i = 0; i < table->count; i++) {
        const lab_table_cell *cell = &table->cells[i];
        isize column = i % table->columns;
        if (column == 0) lab_text_put(text, i == 0 ? "\n  {" : ",\n  {");
        if (column > 0) lab_text_put(text, ", ");
        lab_text_json(text, table->names[column]);
        lab_text_put(text, ": ");
        if (cell->null)
            lab_text_put(text, "null");
        else if (cell->number)
            lab_text_put(text, exact_of(cell));
        else
            lab_text_json(text, exact_of(cell));
        if (column == table->columns - 1) lab_text_put(text, "}");
    }
    lab_text_put(text, table->count > 0 ? "\n]\n" : "]\n");
}

static void put_csv(const lab_table *table, lab_text *text)
{
    for (isize c = 0; c < table->columns; c++) {
        if (c > 0) lab_text_put(text, ",");
        lab_text_csv(text, table->names[c]);
    }
    for (isize i = 0; i < table->count; i++) {
        lab_text_put(text, i % table->columns == 0 ? "\n" : ",");
        lab_text_csv(text, exact_of(&table->cells[i]));
    }
    lab_text_put(text, "\n");
}

/* Numbers stand right, text left; the last column is not padded. Control characters would tear
 * the table (or steer the terminal), so they are shown as spaces. */
static void put_padded(lab_text *text, const char *words, int width, bool right)
{
    int room = width - lab_terminal_columns(words);
    if (right) lab_text_add(text, "%*s", room > 0 ? room : 0, "");
    for (const char *c = words; *c; c++)
        lab_text_bytes(text, (unsigned char)*c < 0x20 || *c == 0x7f ? " " : c, 1);
    if (!right) lab_text_add(text, "%*s", room > 0 ? room : 0, "");
}

static void put_markdown_cell(lab_text *text, const char *words)
{
    for (const char *c = words; *c; c++) {
        if (*c == '|') lab_text_put(text, "\\");
        lab_text_bytes(text, (unsigned char)*c < 0x20 ? " " : c, 1);
    }
}

static bool is_right(const lab_table *table, isize column)
{
    bool right = false;
    for (isize i = column; i < table->count; i += table->columns) {
        if (table->cells[i].null) continue;
        if (!table->cells[i].number && !table->cells[i].exact) return false;
        right = true;
    }
    return right;
}

static void put_markdown(const lab_table *table, lab_text *text)
{
    for (isize c = 0; c < table->columns; c++) {
        lab_text_put(text, c == 0 ? "| " : " | ");
        put_markdown_cell(text, table->names[c]);
    }
    lab_text_put(text, " |\n");
    for (isize c = 0; c < table->columns; c++)
        lab_text_put(text, is_right(table, c) ? "|---:" : "|---");
    lab_text_put(text, "|\n");
    for (isize i = 0; i < table->count; i++) {
        lab_text_put(text, i % table->columns == 0 ? "| " : " | ");
        put_markdown_cell(text, table->cells[i].shown);
        if (i % table->columns == table->columns - 1) lab_text_put(text, " |\n");
    }
}

static void put_table(const lab_table *table, lab_text *text, int fd)
{
    int *width = lab_heap_take(table->columns * (isize)sizeof *width);
    bool *right = lab_heap_take(table->columns * (isize)sizeof *right);
    for (isize c = 0; c < table->columns; c++) {
        width[c] = lab_terminal_columns(table->names[c]);
        right[c] = is_right(table, c);
    }
    for (isize i = 0; i < table->count; i++) {
        int columns = lab_terminal_columns(table->cells[i].shown);
        if (columns > width[i % table->columns]) width[i % table->columns] = columns;
    }
    for (isize i = -table->columns; i < table->count; i++) {
        isize c = (i + table->columns) % table->columns;
        bool head = i < 0, last = c == table->columns - 1;
        if (c == 0 && head) lab_text_put(text, lab_terminal_ink(fd, LAB_BOLD));
        if (c > 0) lab_text_put(text, "  ");
        put_padded(text, head ? table->names[c] : table->cells[i].shown,
                   last && !right[c] ? 0 : width[c], right[c]);
        if (last && head) lab_text_put(text, lab_terminal_ink(fd, LAB_PLAIN));
        if (last) lab_text_put(text, "\n");
    }
    lab_heap_free(right);
    lab_heap_free(width);
}

void lab_table_print(const lab_table *table, lab_form form, FILE *out)
{
    lab_text text = {0};
    LAB_ASSERT(table->columns > 0 && table->count % table->columns == 0);
    switch (form) {
    case LAB_FORM_TABLE:
        put_table(table, &text, fileno(out));
        break;
    case LAB_FORM_CSV:
        put_csv(table, &text);
        break;
    case LAB_FORM_JSON:
        put_json(table, &text);
        break;
    case LAB_FORM_MARKDOWN:
        put_markdown(table, &text);
        break;
    }
    (void)fwrite(lab_text_of(&text), 1, (size_t)text.length, out);
    lab_text_finish(&text);
}

void lab_table_finish(lab_table *table)
{
    for (isize i = 0; i < table->count; i++) {
        lab_heap_free(table->cells[i].shown);
        lab_heap_free(table->cells[i].exact);
    }
    for (isize i = 0; i < table->columns; i++) lab_heap_free(table->names[i]);
    lab_heap_free(table->cells);
    lab_heap_free(table->names);
    *table = (lab_table){0};
}
