#include "import/runs.h"
#include "base/heap.h"
#include "base/index.h"
#include "format/csv.h"
#include "import/external.h"
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAD_MAX = 20 };

typedef struct {
    lab_external *run;
    isize line; /* where it was first seen */
} found_run;

typedef enum {
    ROW_RUN,
    ROW_POINT, /* of one metric */
    ROW_STEP   /* a point of each column that is a figure */
} row_form;

typedef struct {
    lab_csv csv;
    const lab_import_wish *wish;
    lab_meaning *columns; /* owned; one for each of the header */
    int count;
    row_form form;
    bool step_unsure; /* rows are runs, but a column is called step */
    found_run *runs;  /* owned */
    isize run_count, run_capacity;
    lab_index by_name, by_hash; /* places in runs */
    isize bad;
} table;

static void say(const table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const table *t, const char *format, ...)
{
    char sentence[1000];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    t->wish->say(t->wish->context, sentence);
}

/* Of a row that is not taken; column is the field's, or -1. */
static void bad_row(table *t, int column, const char *what, const char *field)
{
    t->bad++;
    if (t->bad == BAD_MAX + 1) say(t, "%s: more rows are bad", t->csv.name);
    if (t->bad > BAD_MAX) return;
    if (column < 0)
        say(t, "%s:%td: %s%s", t->csv.name, t->csv.line, what, field);
    else
        say(t, "%s:%td:%d: '%.80s' %s", t->csv.name, t->csv.line, t->csv.columns[column], field,
            what);
}

/* ---- the header ---- */

static int find_role(const table *t, lab_role role)
{
    for (int i = 0; i < t->count; i++)
        if (t->columns[i].role == role) return i;
    return -1;
}

static lab_status check_mappings(const table *t, lab_error *err)
{
    for (isize m = 0; m < t->wish->count; m++) {
        const lab_role_map *mapping = &t->wish->mappings[m];
        bool found = false;
        for (int i = 0; i < t->count; i++)
            if (lab_role_map_find(mapping, 1, t->csv.fields[i])) found = true;
        if (!found)
            return lab_fail(
                err, LAB_ERR_CONFIG,
                "%s:%td: --map %s: the header has no such column; it begins with '%.80s'",
                t->csv.name, t->csv.line, mapping->from, t->csv.fields[0]);
    }
    return LAB_OK;
}

static lab_status check_twice(const table *t, lab_error *err)
{
    for (int i = 0; i < t->count; i++)
        for (int j = 0; j < i; j++) {
            const lab_meaning *a = &t->columns[i], *b = &t->columns[j];
            bool named = a->role == LAB_ROLE_KEY || a->role == LAB_ROLE_FIGURE;
            if (a->role != b->role || a->role == LAB_ROLE_SKIP ||
                (named && (strcmp(a->name, b->name) != 0 || strcmp(a->split, b->split) != 0)))
                continue;
            return lab_fail(err, LAB_ERR_FORMAT,
                            "%s:%td:%d: columns %d and %d are both read as %s%s; tell them apart "
                            "with --map COLUMN=ROLE, or leave one out with =skip",
                            t->csv.name, t->csv.line, t->csv.columns[i], j + 1, i + 1,
                            lab_role_word(a->role), named ? " of one name" : "");
        }
    return LAB_OK;
}

/* Where each row is a step, columns are figures: train_loss is train/loss. */
static lab_meaning figure_of(const char *column)
{
    static const char *const splits[] = {"train", "val", "valid", "validation", "test", "eval"};
    const char *line = strchr(column, '_');
    lab_meaning meaning = lab_meaning_figure(column);
    for (size_t i = 0; line && line[1] && i < sizeof splits / sizeof *splits; i++) {
        size_t length = strlen(splits[i]);
        if ((size_t)(line - column) != length || strncmp(column, splits[i], length) != 0) continue;
        (void)snprintf(meaning.split, sizeof meaning.split, "%s", splits[i]);
        (void)snprintf(meaning.name, sizeof meaning.name, "%s", line + 1);
    }
    return meaning;
}

static lab_meaning in_form(const table *t, const lab_meaning *m, const char *column, bool said)
{
    lab_meaning out = *m;
    bool of_points = m->role >= LAB_ROLE_STEP, figure = of_points && m->role != LAB_ROLE_STEP;
    if (t->form == ROW_RUN && of_points)
        out.role = m->role == LAB_ROLE_STEP && find_role(t, LAB_ROLE_STEPS) < 0 ? LAB_ROLE_STEPS
                                                                                : LAB_ROLE_KEY;
    if (said) return out;
    if (t->form == ROW_POINT && (m->role == LAB_ROLE_KEY || m->role == LAB_ROLE_LOSS))
        out.role = LAB_ROLE_SKIP;
    if (t->form == ROW_STEP && (figure || m->role == LAB_ROLE_KEY || m->role == LAB_ROLE_LOSS))
        out = figure_of(column);
    return out;
}

/* Which columns mean what; names that only a row for each point has are keys elsewhere. */
static void settle_form(table *t)
{
    int step = find_role(t, LAB_ROLE_STEP);
    bool metric = find_role(t, LAB_ROLE_METRIC) >= 0 && find_role(t, LAB_ROLE_VALUE) >= 0;
    bool said = step >= 0 &&
                lab_role_map_find(t->wish->mappings, t->wish->count, t->csv.fields[step]) != NULL;
    if (step >= 0 && metric)
        t->form = ROW_POINT;
    else if (step >= 0 && (said || find_role(t, LAB_ROLE_NAME) < 0))
        t->form = ROW_STEP;
    t->step_unsure = step >= 0 && t->form == ROW_RUN;
    for (int i = 0; i < t->count; i++)
        t->columns[i] =
            in_form(t, &t->columns[i], t->csv.fields[i],
                    lab_role_map_find(t->wish->mappings, t->wish->count, t->csv.fields[i]) != NULL);
}

static lab_status check_name(const table *t, lab_error *err)
{
    char path[PATH_MAX];
    bool column = find_role(t, LAB_ROLE_NAME) >= 0;
    if (column && t->wish->name)
        return lab_fail(
            err, LAB_ERR_CONFIG,
            "%s: --name %s: its runs have names, in column '%s'; leave the option away, "
            "or the column out with --map",
            t->csv.name, t->wish->name, t->csv.fields[find_role(t, LAB_ROLE_NAME)]);
    if (!column && !t->wish->name && t->form != ROW_RUN && !realpath(t->csv.name, path))
        return lab_fail(err, LAB_ERR_CONFIG, "%s: nothing names its run; do so with --name NAME",
                        t->csv.name);
    return LAB_OK;
}

static void say_form(const table *t)
{
    lab_text words = {0};
    for (int i = 0; i < t->count; i++) {
        const lab_meaning *m = &t->columns[i];
        lab_text_add(&words, "%s%.40s ", i > 0 ? ", " : "", t->csv.fields[i]);
        if (m->role == LAB_ROLE_FIGURE)
            lab_text_add(&words, "as %s%s%s", m->split, *m->split ? "/" : "", m->name);
        else
            lab_text_add(&words, "as %s", lab_role_word(m->role));
    }
    static const char *const forms[] = {"run", "point", "step"};
    say(t, "%s: %s, one row a %s: %s", t->csv.name, t->csv.encoding, forms[t->form],
        lab_text_of(&words));
    lab_text_finish(&words);
}

static lab_status read_header(table *t, lab_error *err)
{
    bool row = false;
    lab_status status = lab_csv_next(&t->csv, &row, err);
    if (status != LAB_OK) return status;
    if (!row)
        return lab_fail(err, LAB_ERR_FORMAT, "%s: is empty; a header with columns is wanted",
                        t->csv.name);
    t->count = t->csv.count;
    t->columns = lab_heap_take(t->count * (isize)sizeof *t->columns);
    for (int i = 0; i < t->count; i++) {
        const char *column = t->csv.fields[i];
        const lab_role_map *mapping = lab_role_map_find(t->wish->mappings, t->wish->count, column);
        if (!*column)
            return lab_fail(err, LAB_ERR_FORMAT, "%s:%td:%d: column %d has no name", t->csv.name,
                            t->csv.line, t->csv.columns[i], i + 1);
        if (!mapping && !lab_meaning_fits(column))
            return lab_fail(err, LAB_ERR_FORMAT,
                            "%s:%td:%d: the name of column %d is too long: %d characters at most, "
                            "%d before a slash",
                            t->csv.name, t->csv.line, t->csv.columns[i], i + 1, LAB_NAME_MAX,
                            LAB_SPLIT_MAX);
        t->columns[i] = mapping ? mapping->meaning : lab_meaning_of(column);
    }
    status = check_mappings(t, err);
    settle_form(t);
    if (status == LAB_OK) status = check_twice(t, err);
    if (status == LAB_OK) status = check_name(t, err);
    if (status == LAB_OK) say_form(t);
    return status;
}

/* ---- rows ---- */

/* Its name is that of the column, else that of the file, whose place then tells it from others. */
static found_run *add_run(table *t, const char *name)
{
    if (t->run_count == t->run_capacity) {
        isize bytes = (isize)sizeof *t->runs, capacity = t->run_capacity * 2 + 64;
        t->runs = lab_heap_grow(t->runs, t->run_capacity * bytes, capacity * bytes);
        t->run_capacity = capacity;
    }
    found_run *run = &t->runs[t->run_count++];
    char place[PATH_MAX];
    *run = (found_run){.line = t->csv.line};
    lab_external_open(&run->run, name);
    if (find_role(t, LAB_ROLE_NAME) < 0 && !t->wish->name && realpath(t->csv.name, place))
        lab_external_place(run->run, place);
    return run;
}

static const char *name_in_row(const table *t)
{
    int column = find_role(t, LAB_ROLE_NAME);
    const char *slash = strrchr(t->csv.name, '/');
    if (column >= 0) return t->csv.fields[column];
    return t->wish->name ? t->wish->name : slash ? slash + 1 : t->csv.name;
}

static bool refuse_ambiguous(table *t, int column)
{
    const char *field = t->csv.fields[column];
    if (!lab_csv_ambiguous(&t->csv, field)) return false;
    bad_row(t, column,
            "may be a fraction or thousands, since the file has decimal commas and decimal points; "
            "write numbers in one way, without marks between thousands",
            field);
    return true;
}

/* A field that must be a number; an empty one is not there. */
static bool read_number(table *t, int column, double *value, bool *there)
{
    const char *field = t->csv.fields[column];
    *there = *field != 0;
    if (!*there || lab_csv_number(&t->csv, field, value)) return true;
    if (!refuse_ambiguous(t, column)) bad_row(t, column, "is no number", field);
    return false;
}

/* Keys that every program has; points at step. */
static bool read_field(table *t, lab_external *run, int column, int64_t step)
{
    const lab_meaning *m = &t->columns[column];
    const char *field = t->csv.fields[column];
    double value = 0;
    bool there = *field != 0;
    switch (m->role) {
    case LAB_ROLE_KEY:
        if (refuse_ambiguous(t, column)) return false;
        if (there) lab_external_key(run, m->name, field);
        return true;
    case LAB_ROLE_SEED:
    case LAB_ROLE_PARAMS:
    case LAB_ROLE_PATCHES:
    case LAB_ROLE_FLOPS:
    case LAB_ROLE_IMAGES:
    case LAB_ROLE_STEPS:
        if (!read_number(t, column, &value, &there)) return false;
        if (there && m->role != LAB_ROLE_SEED && !(value > 0 && isfinite(value))) {
            bad_row(t, column, "is not above 0", field);
            return false;
        }
        if (there && m->role == LAB_ROLE_SEED && !(fabs(value) < 1e15 && value == floor(value))) {
            bad_row(t, column, "is no seed: a whole number is wanted", field);
            return false;
        }
        if (there) lab_external_key(run, lab_role_key(m->role), lab_short_real(value).text);
        return true;
    case LAB_ROLE_LOSS:
    case LAB_ROLE_FIGURE:
        if (!read_number(t, column, &value, &there)) return false;
        if (there && m->role == LAB_ROLE_LOSS) lab_external_point(run, "val", "loss", step, value);
        if (there && m->role == LAB_ROLE_FIGURE)
            lab_external_point(run, m->split, m->name, step, value);
        return true;
    default:
        return true;
    }
}

static bool read_step(table *t, int column, int64_t *step)
{
    double value = 0;
    bool there = false;
    *step = 0;
    if (column < 0) return true;
    if (!read_number(t, column, &value, &there)) return false;
    if (there && !(value >= 0 && value < 9e15 && value == floor(value))) {
        bad_row(t, column, "is no step: a whole number from 0 is wanted", t->csv.fields[column]);
        return false;
    }
    *step = (int64_t)value;
    return true;
}

static void read_run(table *t)
{
    const char *name = name_in_row(t);
    char line[32];
    int64_t step = 0;
    if (!*name) {
        bad_row(t, find_role(t, LAB_ROLE_NAME), "is no name of a run", "");
        return;
    }
    if (!read_step(t, find_role(t, LAB_ROLE_STEPS), &step)) return;
    lab_external *run = add_run(t, name)->run;
    for (int i = 0; i < t->count; i++)
        if (!read_field(t, run, i, step)) return;
    isize at = t->run_count - 1;
    isize same = lab_index_put(&t->by_hash, lab_external_hash(run).hex, at);
    isize namesake = t->step_unsure ? lab_index_put(&t->by_name, name, at) : at;
    (void)snprintf(line, sizeof line, "%td", t->runs[same != at ? same : namesake].line);
    if (same != at)
        bad_row(t, -1, "has the name and keys of the run in line ", line);
    else if (namesake != at)
        bad_row(t, -1,
                "has a name that was there before; say whether step is that of a row, with --map "
                "step=step, or of the whole training, with --map step=steps; it was in line ",
                line);
}

static lab_external *run_named(table *t, const char *name)
{
    char *line = lab_one_line(name);
    isize at = lab_index_put(&t->by_name, line, t->run_count);
    lab_heap_free(line);
    return at == t->run_count ? add_run(t, name)->run : t->runs[at].run;
}

static void read_point(table *t)
{
    int name = find_role(t, LAB_ROLE_NAME), value = find_role(t, LAB_ROLE_VALUE),
        metric = find_role(t, LAB_ROLE_METRIC), split = find_role(t, LAB_ROLE_SPLIT),
        step_column = find_role(t, LAB_ROLE_STEP);
    double number = 0;
    bool there = false;
    int64_t step = 0;
    const int wanted[] = {name, metric, value, step_column};
    for (int i = 0; i < 4; i++)
        if (wanted[i] >= 0 && !*t->csv.fields[wanted[i]]) {
            bad_row(t, wanted[i], "where a run, a step, a metric and a value are wanted", "");
            return;
        }
    if (!read_step(t, step_column, &step) || !read_number(t, value, &number, &there)) return;
    const char *tag = t->csv.fields[metric];
    if (split < 0 && !lab_meaning_fits(tag)) {
        bad_row(t, metric, "is too long a name for a metric", tag);
        return;
    }
    lab_external *run = run_named(t, name_in_row(t));
    lab_meaning figure = lab_meaning_figure(tag);
    if (split >= 0)
        lab_external_point(run, t->csv.fields[split], tag, step, number);
    else
        lab_external_point(run, figure.split, figure.name, step, number);
    for (int i = 0; i < t->count; i++)
        if (!read_field(t, run, i, step)) return;
}

static void read_step_row(table *t)
{
    int column = find_role(t, LAB_ROLE_STEP);
    const char *name = name_in_row(t);
    int64_t step = 0;
    if (!*t->csv.fields[column] || !*name) {
        bad_row(t, *name ? column : find_role(t, LAB_ROLE_NAME),
                "where a run and a step are wanted", "");
        return;
    }
    if (!read_step(t, column, &step)) return;
    lab_external *run = run_named(t, name);
    for (int i = 0; i < t->count; i++)
        if (!read_field(t, run, i, step)) return;
}

/* Two values at one step are more likely two runs than one that was logged again. */
static lab_status check_steps(table *t, lab_error *err)
{
    for (isize i = 0; t->form == ROW_STEP && i < t->run_count; i++)
        if (lab_external_contrary(t->runs[i].run) > 0)
            return lab_fail(
                err, LAB_ERR_FORMAT,
                "%s: has two values of one column at one step; if its rows are runs and "
                "not steps, say --map step=steps; if it has several runs, name their "
                "column with --map COLUMN=name",
                t->csv.name);
    return LAB_OK;
}

static lab_status read_rows(table *t, lab_error *err)
{
    bool row = false;
    lab_status status = LAB_OK;
    while ((status = lab_csv_next(&t->csv, &row, err)) == LAB_OK && row) {
        char count[64];
        if (t->csv.count != t->count) {
            (void)snprintf(count, sizeof count, "%d fields, where the header has %d", t->csv.count,
                           t->count);
            bad_row(t, -1, "has ", count);
        } else if (t->form == ROW_POINT) {
            read_point(t);
        } else if (t->form == ROW_STEP) {
            read_step_row(t);
        } else {
            read_run(t);
        }
    }
    if (status == LAB_OK && t->bad > 0)
        status = lab_fail(err, LAB_ERR_FORMAT,
                          "%s: %td row%s bad, so nothing of it was taken; "
                          "mend them, or leave a column out with --map COLUMN=skip",
                          t->csv.name, t->bad, t->bad == 1 ? " is" : "s are");
    if (status == LAB_OK && t->run_count == 0)
        status = lab_fail(err, LAB_ERR_FORMAT, "%s: has a header, but no row", t->csv.name);
    return status == LAB_OK ? check_steps(t, err) : status;
}

static lab_status write_all(table *t, lab_ledger *ledger, lab_imported_runs *out, lab_error *err)
{
    lab_status status = lab_ledger_begin(ledger, err);
    for (isize i = 0; status == LAB_OK && i < t->run_count; i++)
        status = lab_external_write(t->runs[i].run, ledger, t->csv.name, out, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

lab_status lab_import_runs(lab_ledger *ledger, const char *name, const lab_text *bytes,
                           const lab_import_wish *wish, lab_imported_runs *out, lab_error *err)
{
    table t = {.wish = wish};
    *out = (lab_imported_runs){0};
    lab_csv_init(&t.csv, name, bytes);
    lab_status status = read_header(&t, err);
    if (status == LAB_OK) status = read_rows(&t, err);
    if (status == LAB_OK) status = write_all(&t, ledger, out, err);
    for (isize i = 0; i < t.run_count; i++) lab_external_close(&t.runs[i].run);
    lab_index_finish(&t.by_name);
    lab_index_finish(&t.by_hash);
    lab_heap_free(t.runs);
    lab_heap_free(t.columns);
    lab_csv_finish(&t.csv);
    return status;
}
