#include "report/rows.h"
#include "base/heap.h"
#include "base/text.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct {
    lab_type type;
    double real;
    int64_t integer;
    char *text; /* owned */
} value;

struct lab_rows {
    int columns;
    isize count, capacity;
    char **names; /* [columns], owned */
    value *cells; /* [count, columns], owned */
    char *query;  /* owned */
    lab_text sql;
};

static void keep_row(lab_rows *rows, const lab_query *query)
{
    if (rows->count == rows->capacity) {
        isize more = rows->capacity ? rows->capacity * 2 : 64;
        isize row = rows->columns * (isize)sizeof *rows->cells;
        rows->cells = lab_heap_grow(rows->cells, rows->capacity * row, more * row);
        rows->capacity = more;
    }
    for (int column = 0; column < rows->columns; column++) {
        value *cell = &rows->cells[rows->count * rows->columns + column];
        cell->type = lab_query_type(query, column);
        cell->real = lab_query_real(query, column);
        cell->integer = lab_query_int(query, column);
        cell->text = lab_heap_text(lab_query_text(query, column));
    }
    rows->count++;
}

/* The comment that a query file begins with, as a block: a text that begins with two dashes would
 * be taken for an option where it is pasted behind a command. Returns what follows it. */
static const char *write_comment(lab_text *out, const char *sql)
{
    const char *open = "/* ";
    for (; strncmp(sql, "--", 2) == 0; open = "   ") {
        sql += 2 + strspn(sql + 2, " ");
        isize length = (isize)strcspn(sql, "\n");
        if (open[0] == ' ') lab_text_put(out, "\n");
        lab_text_put(out, open);
        lab_text_bytes(out, sql, length);
        sql += length + (sql[length] == '\n');
    }
    if (open[0] == ' ') lab_text_put(out, " */\n");
    return sql;
}

/* Copies the statement with :sweep as an SQL literal. A parameter that nobody binds is NULL, so
 * without a sweep it stays. */
static void write_out(lab_text *out, const char *sql, const char *sweep)
{
    for (const char *at = write_comment(out, sql); *at; at++) {
        if (!sweep || strncmp(at, ":sweep", 6) != 0) {
            lab_text_bytes(out, at, 1);
            continue;
        }
        at += 5;
        lab_text_put(out, "'");
        for (const char *letter = sweep; *letter; letter++)
            if (*letter == '\'')
                lab_text_put(out, "''");
            else
                lab_text_bytes(out, letter, 1);
        lab_text_put(out, "'");
    }
    while (out->length > 0 && isspace((unsigned char)out->data[out->length - 1])) out->length--;
    lab_text_put(out, ";\n");
}

lab_status lab_rows_open(lab_rows **out, lab_ledger *ledger, const char *query_name,
                         const char *sweep, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *out = NULL;
    lab_status status = lab_query_open(&query, ledger, "reports", query_name, err);
    if (status != LAB_OK) return status;
    for (int i = 0; lab_query_parameter(query, i); i++)
        if (strcmp(lab_query_parameter(query, i), ":sweep") == 0)
            lab_query_bind_text(query, ":sweep", sweep);
    lab_rows *rows = lab_heap_take(sizeof *rows);
    rows->columns = lab_query_columns(query);
    rows->names = lab_heap_take(rows->columns * (isize)sizeof *rows->names);
    for (int i = 0; i < rows->columns; i++)
        rows->names[i] = lab_heap_text(lab_query_name(query, i));
    rows->query = lab_heap_text(query_name);
    write_out(&rows->sql, lab_query_sql(query), sweep);
    while ((status = lab_query_step(query, &row, err)) == LAB_OK && row) keep_row(rows, query);
    lab_query_close(&query);
    if (status != LAB_OK) lab_rows_close(&rows);
    *out = rows;
    return status;
}

void lab_rows_close(lab_rows **out)
{
    lab_rows *rows = *out;
    *out = NULL;
    if (!rows) return;
    for (isize i = 0; i < rows->count * rows->columns; i++) lab_heap_free(rows->cells[i].text);
    for (int i = 0; i < rows->columns; i++) lab_heap_free(rows->names[i]);
    lab_heap_free(rows->cells);
    lab_heap_free(rows->names);
    lab_heap_free(rows->query);
    lab_text_finish(&rows->sql);
    lab_heap_free(rows);
}

static const value *cell_at(const lab_rows *rows, isize row, const char *column)
{
    int at = 0;
    while (at < rows->columns && strcmp(rows->names[at], column) != 0) at++;
    LAB_ASSERT(at < rows->columns && row >= 0 && row < rows->count);
    return &rows->cells[row * rows->columns + at];
}

isize lab_rows_count(const lab_rows *rows)
{
    return rows->count;
}

bool lab_rows_is_null(const lab_rows *rows, isize row, const char *column)
{
    return cell_at(rows, row, column)->type == LAB_NULL;
}

double lab_rows_real(const lab_rows *rows, isize row, const char *column)
{
    return cell_at(rows, row, column)->real;
}

isize lab_rows_int(const lab_rows *rows, isize row, const char *column)
{
    return (isize)cell_at(rows, row, column)->integer;
}

const char *lab_rows_text(const lab_rows *rows, isize row, const char *column)
{
    return cell_at(rows, row, column)->text;
}

isize lab_rows_find(const lab_rows *rows, const char *column, const char *text)
{
    for (isize row = 0; row < rows->count; row++)
        if (strcmp(lab_rows_text(rows, row, column), text) == 0) return row;
    return -1;
}

const char *lab_rows_query(const lab_rows *rows)
{
    return rows->query;
}

const char *lab_rows_sql(const lab_rows *rows)
{
    return lab_text_of(&rows->sql);
}
