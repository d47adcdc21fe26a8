#include "study/sample.h"
#include "base/heap.h"
#include "base/nearest.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the query has what; -1: nowhere. */
typedef struct {
    int x[LAB_LAW_COLUMNS], y, run, compute, seed, setting, cluster, protocol, lr, lr_peak, started;
} columns;

static int find_column(const lab_query *query, const char *name)
{
    for (int i = 0; i < lab_query_columns(query); i++)
        if (strcmp(lab_query_name(query, i), name) == 0) return i;
    return -1;
}

static bool names_variable(const lab_sample_let *let, const char *variable)
{
    size_t bytes = strlen(variable);
    return strncmp(let->variable, variable, bytes) == 0 && let->variable[bytes] == '=';
}

static lab_status no_column(const lab_query *query, const lab_law *law, const char *variable,
                            const char *column, lab_error *err)
{
    lab_text known = {0};
    lab_nearest nearest = lab_nearest_to(column);
    for (int i = 0; i < lab_query_columns(query); i++) {
        lab_text_add(&known, "%s%s", i ? ", " : "", lab_query_name(query, i));
        lab_nearest_offer(&nearest, lab_query_name(query, i));
    }
    lab_status status =
        lab_fail(err, LAB_ERR_CONFIG,
                 "law %s needs a column %s, and the query has none of that name%s%s; it has: %s. "
                 "Name the column in the query (... AS %s), or say --let %s=COLUMN",
                 law->name, column, *nearest.name ? "; the nearest is " : "", nearest.name,
                 lab_text_of(&known), variable, variable);
    lab_text_finish(&known);
    return status;
}

static lab_status find_variable(int *at, const lab_query *query, const lab_law *law,
                                const char *variable, const lab_sample_let *lets, isize count,
                                lab_error *err)
{
    const char *column = variable;
    for (isize i = 0; i < count; i++)
        if (names_variable(&lets[i], variable)) column = lets[i].column;
    *at = find_column(query, column);
    return *at < 0 ? no_column(query, law, variable, column, err) : LAB_OK;
}

static lab_status check_lets(const lab_law *law, const lab_sample_let *lets, isize count,
                             lab_error *err)
{
    for (isize i = 0; i < count; i++) {
        bool known = names_variable(&lets[i], law->response);
        for (int k = 0; k < law->columns; k++) known |= names_variable(&lets[i], law->column[k]);
        if (known) continue;
        lab_text names = {0};
        for (int k = 0; k < law->columns; k++) lab_text_add(&names, "%s, ", law->column[k]);
        lab_status status =
            lab_fail(err, LAB_ERR_CONFIG, "--let %.80s: law %s has no such variable; it has %s%s",
                     lets[i].variable, law->name, lab_text_of(&names), law->response);
        lab_text_finish(&names);
        return status;
    }
    return LAB_OK;
}

static lab_status find_columns(columns *at, const lab_query *query, lab_sample *sample,
                               const lab_sample_let *lets, isize count, lab_error *err)
{
    const lab_law *law = sample->law;
    lab_status status = check_lets(law, lets, count, err);
    for (int k = 0; status == LAB_OK && k < law->columns; k++)
        status = find_variable(&at->x[k], query, law, law->column[k], lets, count, err);
    if (status == LAB_OK)
        status = find_variable(&at->y, query, law, law->response, lets, count, err);
    at->run = find_column(query, "run");
    at->compute = find_column(query, "C");
    at->seed = find_column(query, "seed");
    at->setting = find_column(query, "setting");
    at->cluster = find_column(query, "cluster");
    at->protocol = find_column(query, "protocol");
    at->lr = find_column(query, "lr_final_share");
    at->lr_peak = find_column(query, "lr_peak");
    at->started = find_column(query, "started_at");
    sample->has_compute = at->compute >= 0;
    sample->has_seed = at->seed >= 0;
    sample->has_setting = at->setting >= 0;
    sample->has_cluster = at->cluster >= 0;
    sample->has_protocol = at->protocol >= 0;
    sample->has_lr = at->lr >= 0;
    return status;
}

/* Text that is no number is no value. */
static double real_at(const lab_query *query, int column)
{
    if (column < 0 || lab_query_is_null(query, column)) return (double)NAN;
    if (lab_query_type(query, column) != LAB_TEXT) return lab_query_real(query, column);
    char *end = NULL;
    const char *words = lab_query_text(query, column);
    double value = strtod(words, &end);
    return *words && !*end ? value : (double)NAN;
}

static char *text_at(const lab_query *query, int column)
{
    if (column < 0 || lab_query_is_null(query, column)) return NULL;
    return lab_heap_text(lab_query_text(query, column));
}

static void read_row(lab_sample_row *row, const lab_query *query, const columns *at,
                     const lab_law *law, isize number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "row %td", number + 1);
    for (int k = 0; k < law->columns; k++) row->x[k] = real_at(query, at->x[k]);
    row->y = real_at(query, at->y);
    row->compute = real_at(query, at->compute);
    row->seed = real_at(query, at->seed);
    row->lr_final_share = real_at(query, at->lr);
    row->lr_peak = real_at(query, at->lr_peak);
    row->started_at = real_at(query, at->started);
    row->setting = text_at(query, at->setting);
    row->cluster = text_at(query, at->cluster);
    row->protocol = text_at(query, at->protocol);
    row->run = text_at(query, at->run);
    if (!row->run) row->run = lab_heap_text(name);
    row->excluded = lab_law_refuses(law, row->x, row->y);
}

static int compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

/* Rows that are used first, by name, then by values. */
static int by_name(const void *a, const void *b)
{
    const lab_sample_row *left = a, *right = b;
    int order = (left->excluded != NULL) - (right->excluded != NULL);
    if (order == 0) order = strcmp(left->run, right->run);
    for (int k = 0; order == 0 && k < LAB_LAW_COLUMNS; k++)
        order = compare_reals(left->x[k], right->x[k]);
    return order ? order : compare_reals(left->y, right->y);
}

static void put_word(lab_text *text, const char *word)
{
    lab_text_put(text, ",");
    if (word) lab_text_json(text, word);
}

static lab_sha256 hash_rows(const lab_sample *sample)
{
    lab_text text = {0};
    for (isize i = 0; i < sample->count; i++) {
        const lab_sample_row *row = &sample->rows[i];
        lab_text_json(&text, row->run);
        for (int k = 0; k < sample->law->columns; k++)
            lab_text_add(&text, ",%s", lab_short_real(row->x[k]).text);
        lab_text_add(&text, ",%s,%s", lab_short_real(row->y).text,
                     lab_short_real(row->compute).text);
        lab_text_add(&text, ",%s,%s", lab_short_real(row->seed).text,
                     lab_short_real(row->lr_final_share).text);
        put_word(&text, row->setting);
        put_word(&text, row->cluster);
        put_word(&text, row->protocol);
        put_word(&text, row->excluded);
        lab_text_put(&text, "\n");
    }
    lab_sha256 hash = lab_sha256_of(lab_text_of(&text), text.length);
    lab_text_finish(&text);
    return hash;
}

lab_status lab_sample_read(lab_sample *sample, lab_ledger *ledger, const lab_law *law,
                           const char *sql, const lab_sample_let *lets, isize count, lab_error *err)
{
    lab_query *query = NULL;
    columns at = {0};
    bool more = false;
    isize capacity = 0;
    *sample = (lab_sample){.law = law, .query = lab_heap_text(sql)};
    lab_status status = lab_query_open_text(&query, ledger, sql, err);
    if (status == LAB_OK) status = find_columns(&at, query, sample, lets, count, err);
    while (status == LAB_OK && (status = lab_query_step(query, &more, err)) == LAB_OK && more) {
        if (sample->count == capacity) {
            isize wider = capacity * 2 + 64, bytes = (isize)sizeof *sample->rows;
            sample->rows = lab_heap_grow(sample->rows, capacity * bytes, wider * bytes);
            capacity = wider;
        }
        read_row(&sample->rows[sample->count], query, &at, law, sample->count);
        sample->used += !sample->rows[sample->count].excluded;
        sample->count++;
    }
    lab_query_close(&query);
    if (status == LAB_OK && sample->count > 1)
        qsort(sample->rows, (size_t)sample->count, sizeof *sample->rows, by_name);
    if (status == LAB_OK)
        sample->sha256 = hash_rows(sample);
    else
        lab_sample_finish(sample);
    return status;
}

void lab_sample_finish(lab_sample *sample)
{
    for (isize i = 0; i < sample->count; i++) {
        lab_heap_free(sample->rows[i].run);
        lab_heap_free(sample->rows[i].setting);
        lab_heap_free(sample->rows[i].cluster);
        lab_heap_free(sample->rows[i].protocol);
    }
    lab_heap_free(sample->rows);
    lab_heap_free(sample->query);
    *sample = (lab_sample){0};
}

isize lab_sample_alike(const lab_sample *sample, isize row, bool by_setting)
{
    const char *word = by_setting ? sample->rows[row].setting : sample->rows[row].cluster;
    for (isize i = 0; word && i < row; i++) {
        const char *other = by_setting ? sample->rows[i].setting : sample->rows[i].cluster;
        if (other && strcmp(word, other) == 0) return i;
    }
    return row;
}

void lab_sample_data(const lab_sample *sample, bool logs, bool by_setting, lab_law_data *data)
{
    lab_law_data_init(data, sample->law, logs, sample->used);
    for (isize i = 0; i < sample->used; i++)
        lab_law_data_set(data, i, sample->rows[i].x, sample->rows[i].y,
                         lab_sample_alike(sample, i, by_setting));
}
