#include "report/block.h"
#include "base/heap.h"
#include "base/nearest.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

static const char *const keys[LAB_BLOCK_KEYS] = {"plot",   "x",     "y",   "low", "high",
                                                 "colour", "shape", "tip", "log", "caption"};

/* ---- reading ---- */

static char *cut(const char *text, size_t bytes)
{
    lab_text word = {0};
    lab_text_bytes(&word, text, (isize)bytes);
    char *out = lab_heap_text(lab_text_of(&word));
    lab_text_finish(&word);
    return out;
}

static lab_status read_key(lab_block *block, const char **at, size_t key_bytes, lab_error *err)
{
    char *key = cut(*at, key_bytes);
    const char *value = *at + key_bytes + 1;
    bool quoted = *value == '"';
    size_t bytes = quoted ? strcspn(value + 1, "\"") : strcspn(value, " \t");
    lab_nearest nearest = lab_nearest_to(key);
    lab_status status = LAB_OK;
    int which = -1;
    for (int i = 0; i < LAB_BLOCK_KEYS; i++) {
        if (strcmp(keys[i], key) == 0) which = i;
        lab_nearest_offer(&nearest, keys[i]);
    }
    if (which < 0)
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "there is no key %.80s%s%s; there are plot, x, y, low, high, colour, "
                          "shape, tip, log and caption",
                          key, *nearest.name ? "; the nearest is " : "", nearest.name);
    else if (block->keys[which])
        status = lab_fail(err, LAB_ERR_CONFIG, "%s is said twice", key);
    else if (quoted && value[1 + bytes] != '"')
        status = lab_fail(err, LAB_ERR_CONFIG, "%s=\" has no second quote", key);
    else if (bytes == 0)
        status = lab_fail(err, LAB_ERR_CONFIG, "%s= has no value", key);
    else
        block->keys[which] = cut(value + quoted, bytes);
    *at = value + bytes + (quoted && value[1 + bytes] == '"' ? 2 : quoted);
    lab_heap_free(key);
    return status;
}

lab_status lab_block_read(lab_block *block, const char *info, lab_error *err)
{
    lab_status status = LAB_OK;
    *block = (lab_block){0};
    for (const char *at = info; status == LAB_OK && *(at += strspn(at, " \t"));) {
        size_t bytes = strcspn(at, " \t"), key = strcspn(at, " \t=\"");
        if (block->kind && at[key] == '=') {
            status = read_key(block, &at, key, err);
            continue;
        }
        char **word = block->kind ? &block->name : &block->kind;
        if (*word)
            status = lab_fail(err, LAB_ERR_CONFIG,
                              "'%.*s' is a second name besides %s; what is not the name is said "
                              "as KEY=VALUE",
                              (int)(bytes > 80 ? 80 : bytes), at, block->name);
        else
            *word = cut(at, bytes);
        at += bytes;
    }
    return status;
}

void lab_block_finish(lab_block *block)
{
    lab_heap_free(block->kind);
    lab_heap_free(block->name);
    for (int i = 0; i < LAB_BLOCK_KEYS; i++) lab_heap_free(block->keys[i]);
    *block = (lab_block){0};
}

/* ---- drawing ---- */

typedef struct {
    const lab_rows *rows;
    int columns[LAB_BLOCK_KEYS]; /* -1: not said */
    lab_series *series;          /* owned */
    lab_point *points;           /* owned; those of a series stand together */
    char **labels;               /* owned; of each series */
    isize *first;                /* owned; row of each series */
    int *series_of;              /* owned; of each row */
    int count, used;
} drawing;

static bool is_column(int key)
{
    return key != LAB_BLOCK_PLOT && key != LAB_BLOCK_LOG && key != LAB_BLOCK_CAPTION;
}

static lab_status no_column(const lab_rows *rows, const char *key, const char *name, lab_error *err)
{
    lab_text known = {0};
    for (int i = 0; i < lab_rows_columns(rows); i++)
        lab_text_add(&known, "%s%s", i ? ", " : "", lab_rows_name(rows, i));
    lab_status status =
        lab_fail(err, LAB_ERR_CONFIG, "%s=%.80s: the query has no such column; it has: %.600s", key,
                 name, lab_text_of(&known));
    lab_text_finish(&known);
    return status;
}

static lab_status find_columns(drawing *d, const lab_block *block, lab_error *err)
{
    for (int key = 0; key < LAB_BLOCK_KEYS; key++) {
        const char *name = block->keys[key];
        d->columns[key] = name && is_column(key) ? lab_rows_column(d->rows, name) : -1;
        if (name && is_column(key) && d->columns[key] < 0)
            return no_column(d->rows, keys[key], name, err);
        bool number = key >= LAB_BLOCK_X && key <= LAB_BLOCK_HIGH && d->columns[key] >= 0;
        for (isize row = 0; number && row < lab_rows_count(d->rows); row++) {
            lab_type type = lab_rows_type(d->rows, row, d->columns[key]);
            if (type == LAB_TEXT || type == LAB_BLOB)
                return lab_fail(err, LAB_ERR_CONFIG,
                                "%s=%s: row %td holds '%.80s', which is no number; CAST it, or "
                                "leave such rows out with WHERE",
                                keys[key], name, row + 1,
                                lab_rows_text_at(d->rows, row, d->columns[key]));
        }
    }
    if (d->columns[LAB_BLOCK_X] < 0 || d->columns[LAB_BLOCK_Y] < 0)
        return lab_fail(err, LAB_ERR_CONFIG, "a plot needs x=COLUMN and y=COLUMN");
    if ((d->columns[LAB_BLOCK_LOW] < 0) != (d->columns[LAB_BLOCK_HIGH] < 0))
        return lab_fail(err, LAB_ERR_CONFIG, "low= and high= come together");
    return LAB_OK;
}

static const char *text_of(const drawing *d, isize row, int key)
{
    return d->columns[key] < 0 ? "" : lab_rows_text_at(d->rows, row, d->columns[key]);
}

static double real_of(const drawing *d, isize row, int key)
{
    return d->columns[key] < 0 ? (double)NAN : lab_rows_real_at(d->rows, row, d->columns[key]);
}

static bool same_look(const drawing *d, isize a, isize b)
{
    return strcmp(text_of(d, a, LAB_BLOCK_COLOUR), text_of(d, b, LAB_BLOCK_COLOUR)) == 0 &&
           strcmp(text_of(d, a, LAB_BLOCK_SHAPE), text_of(d, b, LAB_BLOCK_SHAPE)) == 0;
}

/* The place of a series' value among the distinct ones of its column, in the order of the rows. */
static int place_of(const drawing *d, int series, int key)
{
    int place = 0;
    for (int s = 0; s < series; s++) {
        const char *text = text_of(d, d->first[s], key);
        if (strcmp(text, text_of(d, d->first[series], key)) == 0) return place_of(d, s, key);
        int before = 0;
        while (before < s && strcmp(text_of(d, d->first[before], key), text) != 0) before++;
        place += before == s;
    }
    return place;
}

static void find_series(drawing *d)
{
    for (isize row = 0; row < lab_rows_count(d->rows); row++) {
        int s = 0;
        while (s < d->count && !same_look(d, d->first[s], row)) s++;
        if (s == d->count) d->first[d->count++] = row;
        d->series_of[row] = s;
    }
}

static char *label_of(const drawing *d, const lab_block *block, isize row)
{
    lab_text label = {0};
    for (int key = LAB_BLOCK_COLOUR; key <= LAB_BLOCK_SHAPE; key++)
        if (block->keys[key] && (key == LAB_BLOCK_COLOUR || !block->keys[LAB_BLOCK_COLOUR] ||
                                 strcmp(block->keys[key], block->keys[LAB_BLOCK_COLOUR]) != 0))
            lab_text_add(&label, "%s%s %s", label.length > 0 ? ", " : "", block->keys[key],
                         text_of(d, row, key));
    char *kept = label.length > 0 ? lab_heap_text(lab_text_of(&label)) : NULL;
    lab_text_finish(&label);
    return kept;
}

static void fill_series(drawing *d, const lab_block *block, int which)
{
    const char *plot = block->keys[LAB_BLOCK_PLOT];
    lab_series *series = &d->series[which];
    d->labels[which] = label_of(d, block, d->first[which]);
    *series = (lab_series){.label = d->labels[which],
                           .draw = (strcmp(plot, "line") != 0 ? LAB_SVG_POINTS : 0u) |
                                   (strcmp(plot, "points") != 0 ? LAB_SVG_LINE : 0u),
                           .hue = place_of(d, which, LAB_BLOCK_COLOUR),
                           .shape = place_of(d, which, LAB_BLOCK_SHAPE),
                           .points = &d->points[d->used]};
    series->dash = series->shape;
    for (isize row = d->first[which]; row < lab_rows_count(d->rows); row++) {
        if (d->series_of[row] != which) continue;
        const char *tip = text_of(d, row, LAB_BLOCK_TIP);
        d->points[d->used++] = (lab_point){
            real_of(d, row, LAB_BLOCK_X), real_of(d, row, LAB_BLOCK_Y),
            real_of(d, row, LAB_BLOCK_LOW), real_of(d, row, LAB_BLOCK_HIGH), *tip ? tip : NULL};
        series->count++;
    }
}

static lab_status check_words(const lab_block *block, lab_error *err)
{
    const char *plot = block->keys[LAB_BLOCK_PLOT], *log = block->keys[LAB_BLOCK_LOG];
    if (strcmp(plot, "points") != 0 && strcmp(plot, "line") != 0 && strcmp(plot, "both") != 0)
        return lab_fail(err, LAB_ERR_CONFIG, "plot=%.80s: there are points, line and both", plot);
    if (log && strcmp(log, "x") != 0 && strcmp(log, "y") != 0 && strcmp(log, "xy") != 0)
        return lab_fail(err, LAB_ERR_CONFIG, "log=%.80s: there are x, y and xy", log);
    return LAB_OK;
}

lab_status lab_block_plot(lab_page *page, const lab_block *block, const lab_rows *rows,
                          const char *name, lab_error *err)
{
    const char *log = block->keys[LAB_BLOCK_LOG] ? block->keys[LAB_BLOCK_LOG] : "";
    drawing d = {.rows = rows};
    isize count = lab_rows_count(rows);
    lab_status status = check_words(block, err);
    if (status == LAB_OK) status = find_columns(&d, block, err);
    if (status != LAB_OK) return status;
    d.series = lab_heap_take(count * (isize)sizeof *d.series);
    d.points = lab_heap_take(count * (isize)sizeof *d.points);
    d.labels = lab_heap_take(count * (isize)sizeof *d.labels);
    d.first = lab_heap_take(count * (isize)sizeof *d.first);
    d.series_of = lab_heap_take(count * (isize)sizeof *d.series_of);
    find_series(&d);
    for (int s = 0; s < d.count; s++) fill_series(&d, block, s);
    lab_text about = {0};
    lab_text_add(&about, "%s against %s.", block->keys[LAB_BLOCK_Y], block->keys[LAB_BLOCK_X]);
    lab_plot plot = {.about = lab_text_of(&about),
                     .x = {.label = block->keys[LAB_BLOCK_X], .log = strchr(log, 'x') != NULL},
                     .y = {.label = block->keys[LAB_BLOCK_Y], .log = strchr(log, 'y') != NULL},
                     .series = d.series,
                     .series_count = d.count,
                     .width = 960,
                     .height = 440};
    if (count > 0)
        lab_page_plot(page, name, &plot);
    else
        lab_page_text(page, "The query has no row.");
    for (int i = 0; i < d.count; i++) lab_heap_free(d.labels[i]);
    lab_heap_free(d.series);
    lab_heap_free(d.points);
    lab_heap_free(d.labels);
    lab_heap_free(d.first);
    lab_heap_free(d.series_of);
    lab_text_finish(&about);
    return LAB_OK;
}
