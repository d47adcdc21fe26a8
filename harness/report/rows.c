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

static lab_status read_all(lab_rows **out, lab_query *query, const char *sweep, isize rows_max,
                           lab_error *err)
{
    bool row = false;
    lab_status status = LAB_OK;
    lab_rows *rows = lab_heap_take(sizeof *rows);
    for (int i = 0; lab_query_parameter(query, i); i++)
        if (strcmp(lab_query_parameter(query, i), ":sweep") == 0)
            lab_query_bind_text(query, ":sweep", sweep);
    rows->columns = lab_query_columns(query);
    rows->names = lab_heap_take(rows->columns * (isize)sizeof *rows->names);
    for (int i = 0; i < rows->columns; i++)
        rows->names[i] = lab_heap_text(lab_query_name(query, i));
    write_out(&rows->sql, lab_query_sql(query), sweep);
    while ((status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        if (rows->count == rows_max) {
            status =
                lab_fail(err, LAB_ERR_CONFIG,
                         "the query has more than %td rows; aggregate, or add a LIMIT", rows_max);
            break;
        }
        keep_row(rows, query);
    }
    if (status != LAB_OK) lab_rows_close(&rows);
    *out = rows;
    return status;
}

lab_status lab_rows_open(lab_rows **out, lab_ledger *ledger, const char *query_name,
                         const char *sweep, lab_error *err)
{
    lab_query *query = NULL;
    *out = NULL;
    lab_status status = lab_query_open(&query, ledger, "reports", query_name, err);
    if (status == LAB_OK) status = read_all(out, query, sweep, PTRDIFF_MAX, err);
    if (status == LAB_OK) (*out)->query = lab_heap_text(query_name);
    lab_query_close(&query);
    return status;
}

lab_status lab_rows_open_text(lab_rows **out, lab_ledger *ledger, const char *sql,
                              const char *sweep, isize rows_max, lab_error *err)
{
    lab_query *query = NULL;
    *out = NULL;
    lab_status status = lab_query_open_text(&query, ledger, sql, err);
    for (int i = 0; status == LAB_OK && i < lab_query_parameters(query); i++) {
        const char *name = lab_query_parameter(query, i);
        if (!name || strcmp(name, ":sweep") != 0)
            status = lab_fail(err, LAB_ERR_CONFIG,
                              "the query has a parameter %s; in a report there is :sweep alone",
                              name ? name : "without a name");
    }
    if (status == LAB_OK) status = read_all(out, query, sweep, rows_max, err);
    lab_query_close(&query);
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
    int at = lab_rows_column(rows, column);
    LAB_ASSERT(at >= 0 && row >= 0 && row < rows->count);
    return &rows->cells[row * rows->columns + at];
}

int lab_rows_columns(const lab_rows *rows)
{
    return rows->columns;
}

const char *lab_rows_name(const lab_rows *rows, int column)
{
    return rows->names[column];
}

int lab_rows_column(const lab_rows *rows, const char *name)
{
    for (int i = 0; i < rows->columns; i++)
        if (strcmp(rows->names[i], name) == 0) return i;
    return -1;
}

lab_type lab_rows_type(const lab_rows *rows, isize row, int column)
{
    return rows->cells[row * rows->columns + column].type;
}

double lab_rows_real_at(const lab_rows *rows, isize row, int column)
{
    return rows->cells[row * rows->columns + column].real;
}

const char *lab_rows_text_at(const lab_rows *rows, isize row, int column)
{
    return rows->cells[row * rows->columns + column].text;
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
