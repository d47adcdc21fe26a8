#include "import/external.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/text.h"
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *key, *value; /* owned */
} key_value;

typedef struct {
    char *split, *metric; /* owned */
} curve;

typedef struct {
    isize curve, order; /* order: in which it came */
    isize place;        /* of its curve among all by name; of settled runs */
    int64_t step;
    double value;
} point;

struct lab_external {
    key_value *keys; /* owned, as the next two */
    curve *curves;
    point *points;
    isize key_count, key_capacity, curve_count, curve_capacity, point_count, point_capacity;
    lab_index curve_names; /* "split\nmetric" */
    isize again, contrary;
    bool sorted;
    char *place;            /* owned; NULL: the name is the run's own */
    double first_s, last_s; /* unix seconds; 0: not known */
};

static void *grow(void *items, isize count, isize *capacity, isize bytes)
{
    if (count < *capacity) return items;
    isize wanted = *capacity * 2 + 16;
    items = lab_heap_grow(items, *capacity * bytes, wanted * bytes);
    *capacity = wanted;
    return items;
}

void lab_external_open(lab_external **out, const char *name)
{
    *out = lab_heap_take(sizeof **out);
    lab_external_key(*out, "external.name", name);
}

void lab_external_close(lab_external **out)
{
    lab_external *run = *out;
    *out = NULL;
    if (!run) return;
    for (isize i = 0; i < run->key_count; i++) {
        lab_heap_free(run->keys[i].key);
        lab_heap_free(run->keys[i].value);
    }
    for (isize i = 0; i < run->curve_count; i++) {
        lab_heap_free(run->curves[i].split);
        lab_heap_free(run->curves[i].metric);
    }
    lab_index_finish(&run->curve_names);
    lab_heap_free(run->place);
    lab_heap_free(run->keys);
    lab_heap_free(run->curves);
    lab_heap_free(run->points);
    lab_heap_free(run);
}

/* ---- what it holds ---- */

char *lab_one_line(const char *text)
{
    char *copy = lab_heap_text(text);
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
    return copy;
}

static isize significant(const char *text)
{
    isize digits = 0;
    for (const char *c = text; *c && *c != 'e' && *c != 'E'; c++)
        digits += isdigit((unsigned char)*c) && (digits > 0 || *c != '0');
    return digits;
}

/* Not so a name made of digits: commit 12e5, shard 007. */
static bool is_surely_number(const char *text)
{
    const char *first = text + (*text == '-'), *e = strpbrk(text, "eE");
    bool zeros = first[0] == '0' && isdigit((unsigned char)first[1]);
    bool bare = e && isdigit((unsigned char)e[1]) && first == text &&
                !memchr(text, '.', (size_t)(e - text));
    return *first != '+' && !zeros && !bare;
}

/* 1e-3 and 0.001 are one value; what is no plain number, or more than a double can tell, stays as
 * it is. */
static char *canonical(const char *text, bool number)
{
    char *end = NULL;
    double value = strtod(text, &end);
    bool plain = *text && *end == 0 && isfinite(value) && !strpbrk(text, "xX \t\n\v\f\r") &&
                 (number || is_surely_number(text));
    isize digits = significant(text);
    bool exact = digits <= 15 && (digits == 0 ? !signbit(value) : fabs(value) >= DBL_MIN);
    if (!plain || !exact) return lab_one_line(text);
    if (value == floor(value) && fabs(value) < 1e15) {
        char whole[32];
        (void)snprintf(whole, sizeof whole, "%lld", (long long)value);
        return lab_heap_text(whole);
    }
    return lab_heap_text(lab_short_real(value).text);
}

void lab_external_key(lab_external *run, const char *key, const char *value)
{
    bool ours = strncmp(key, "external.", 9) == 0 || strcmp(key, "seed") == 0;
    char *name = lab_one_line(key);
    char *text = strcmp(key, "external.name") == 0 ? lab_one_line(value) : canonical(value, ours);
    for (isize i = 0; i < run->key_count; i++) {
        if (strcmp(run->keys[i].key, name) != 0) continue;
        lab_heap_free(name);
        lab_heap_free(run->keys[i].value);
        run->keys[i].value = text;
        return;
    }
    run->keys = grow(run->keys, run->key_count, &run->key_capacity, (isize)sizeof *run->keys);
    run->keys[run->key_count++] = (key_value){name, text};
}

void lab_external_place(lab_external *run, const char *place)
{
    lab_heap_free(run->place);
    run->place = lab_heap_text(place);
}

static isize curve_find(lab_external *run, const char *split, const char *metric)
{
    curve named = {lab_one_line(split), lab_one_line(metric)};
    lab_text name = {0};
    lab_text_add(&name, "%s\n%s", named.split, named.metric);
    isize at = lab_index_put(&run->curve_names, lab_text_of(&name), run->curve_count);
    lab_text_finish(&name);
    if (at == run->curve_count) {
        run->curves =
            grow(run->curves, run->curve_count, &run->curve_capacity, (isize)sizeof *run->curves);
        run->curves[run->curve_count++] = named;
    } else {
        lab_heap_free(named.split);
        lab_heap_free(named.metric);
    }
    return at;
}

void lab_external_point(lab_external *run, const char *split, const char *metric, int64_t step,
                        double value)
{
    isize of = curve_find(run, split, metric);
    run->points =
        grow(run->points, run->point_count, &run->point_capacity, (isize)sizeof *run->points);
    run->points[run->point_count] = (point){of, run->point_count, 0, step, value};
    run->point_count++;
    run->sorted = false;
}

void lab_external_time(lab_external *run, double wall_s)
{
    if (!(wall_s > 0 && wall_s < 1e11)) return;
    if (run->first_s == 0 || wall_s < run->first_s) run->first_s = wall_s;
    if (wall_s > run->last_s) run->last_s = wall_s;
}

static int by_place(const void *left, const void *right)
{
    const point *a = left, *b = right;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    if (a->step != b->step) return a->step < b->step ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int by_key(const void *left, const void *right)
{
    const key_value *a = left, *b = right;
    return strcmp(a->key, b->key);
}

typedef struct {
    const curve *of;
    isize index;
} named_curve;

static int by_curve(const void *left, const void *right)
{
    const named_curve *a = left, *b = right;
    int order = strcmp(a->of->split, b->of->split);
    return order != 0 ? order : strcmp(a->of->metric, b->of->metric);
}

/* Curves in the order of their names, whatever the order that they came in. */
static void place_points(lab_external *run)
{
    named_curve *curves = lab_heap_take(run->curve_count * (isize)sizeof *curves);
    isize *places = lab_heap_take(run->curve_count * (isize)sizeof *places);
    for (isize i = 0; i < run->curve_count; i++) curves[i] = (named_curve){&run->curves[i], i};
    if (run->curve_count > 0) qsort(curves, (size_t)run->curve_count, sizeof *curves, by_curve);
    for (isize i = 0; i < run->curve_count; i++) places[curves[i].index] = i;
    for (isize i = 0; i < run->point_count; i++)
        run->points[i].place = places[run->points[i].curve];
    lab_heap_free(places);
    lab_heap_free(curves);
}

static bool same_value(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Of points of one step the last that came stays. */
static void settle(lab_external *run)
{
    if (run->sorted) return;
    isize kept = 0;
    place_points(run);
    if (run->point_count > 0)
        qsort(run->points, (size_t)run->point_count, sizeof *run->points, by_place);
    for (isize i = 0; i < run->point_count; i++) {
        const point *p = &run->points[i], *next = p + 1;
        bool last = i + 1 == run->point_count || p->curve != next->curve || p->step != next->step;
        if (!last && !same_value(p->value, next->value)) run->contrary++;
        if (last) run->points[kept++] = *p;
    }
    for (isize i = 0; i < kept; i++) run->points[i].order = i;
    run->again += run->point_count - kept;
    run->point_count = kept;
    run->sorted = true;
}

isize lab_external_contrary(lab_external *run)
{
    settle(run);
    return run->contrary;
}

static void config_text(lab_external *run, lab_text *text)
{
    settle(run);
    qsort(run->keys, (size_t)run->key_count, sizeof *run->keys, by_key);
    for (isize i = 0; i < run->key_count; i++)
        lab_text_add(text, "%s: %s\n", run->keys[i].key, run->keys[i].value);
}

lab_sha256 lab_external_hash(lab_external *run)
{
    lab_text text = {0};
    config_text(run, &text);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&text), text.length);
    lab_text_finish(&text);
    return hash;
}

static lab_sha256 content_hash(lab_external *run, const lab_text *config)
{
    lab_text text = {0};
    lab_text_bytes(&text, lab_text_of(config), config->length);
    for (isize i = 0; i < run->point_count; i++) {
        const point *p = &run->points[i];
        lab_text_add(&text, "%s/%s %lld %s\n", run->curves[p->curve].split,
                     run->curves[p->curve].metric, (long long)p->step,
                     lab_short_real(p->value).text);
    }
    lab_sha256 hash = lab_sha256_of(lab_text_of(&text), text.length);
    lab_text_finish(&text);
    return hash;
}

/* ---- into the ledger ---- */

static lab_status open_named(lab_query **out, lab_ledger *ledger, const char *name, lab_error *err)
{
    return lab_query_open(out, ledger, "queries", name, err);
}

typedef struct {
    int64_t cell_id; /* 0: none */
    bool known;      /* with these points */
    char *source;    /* owned; "imported from FILE", or NULL */
} found_cell;

static lab_status find(lab_ledger *ledger, const char *hash, const char *uuid, found_cell *out,
                       lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *out = (found_cell){0};
    lab_status status = open_named(&query, ledger, "external_find", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        lab_query_bind_text(query, ":uuid", uuid);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) {
        out->cell_id = lab_query_int(query, 0);
        out->known = lab_query_int(query, 1) != 0;
        if (!lab_query_is_null(query, 2)) out->source = lab_heap_text(lab_query_text(query, 2));
    }
    lab_query_close(&query);
    return status;
}

static const char *key_find(const lab_external *run, const char *key)
{
    for (isize i = 0; i < run->key_count; i++)
        if (strcmp(run->keys[i].key, key) == 0) return run->keys[i].value;
    return NULL;
}

static lab_status write_cell(lab_external *run, lab_ledger *ledger, const char *hash,
                             const lab_text *config, int64_t *cell_id, lab_error *err)
{
    lab_query *query = NULL;
    const char *seed = key_find(run, "seed");
    lab_status status = open_named(&query, ledger, "cell_add", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        lab_query_bind_text(query, ":task", "external");
        lab_query_bind_int(query, ":seed", seed ? strtoll(seed, NULL, 10) : 0);
        lab_query_bind_text(query, ":config", lab_text_of(config));
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    *cell_id = lab_ledger_last_id(ledger);
    lab_query_close(&query);
    if (status == LAB_OK) status = open_named(&query, ledger, "cell_add_key", err);
    for (isize i = 0; status == LAB_OK && i < run->key_count; i++) {
        lab_query_bind_int(query, ":cell_id", *cell_id);
        lab_query_bind_text(query, ":key", run->keys[i].key);
        lab_query_bind_text(query, ":value", run->keys[i].value);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status run_on(lab_ledger *ledger, const char *name, const char *parameter, int64_t id,
                         lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, name, err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, parameter, id);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status forget(lab_ledger *ledger, int64_t cell_id, lab_error *err)
{
    static const char *const steps[] = {"merge_forget_point", "merge_forget_series_summary",
                                        "merge_forget_series"};
    lab_status status = run_on(ledger, "external_supersede", ":cell_id", cell_id, err);
    for (size_t i = 0; status == LAB_OK && i < sizeof steps / sizeof *steps; i++)
        status = run_on(ledger, steps[i], ":ours", cell_id, err);
    return status;
}

static lab_status write_attempt(const lab_external *run, lab_ledger *ledger, int64_t cell_id,
                                const char *hash, const char *uuid, const char *source,
                                int64_t *attempt_id, lab_error *err)
{
    lab_query *query = NULL;
    lab_text reason = {0};
    bool row = false;
    int64_t now = lab_now_us();
    char folder[13];
    (void)snprintf(folder, sizeof folder, "%.12s", hash);
    lab_text_add(&reason, "imported from %s", source);
    lab_status status = open_named(&query, ledger, "external_attempt", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":uuid", uuid);
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":reason", lab_text_of(&reason));
        lab_query_bind_text(query, ":folder", folder);
        lab_query_bind_int(query, ":at", now);
        if (run->last_s > 0) {
            lab_query_bind_int(query, ":started_at", (int64_t)(run->first_s * 1e6));
            lab_query_bind_int(query, ":ended_at", (int64_t)(run->last_s * 1e6));
        }
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK) *attempt_id = lab_query_int(query, 0);
    lab_query_close(&query);
    lab_text_finish(&reason);
    return status;
}

static lab_status write_curve(lab_ledger *ledger, int64_t cell_id, const curve *c, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "event_series", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":split", c->split);
        lab_query_bind_text(query, ":metric", c->metric);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status write_points(lab_external *run, lab_ledger *ledger, int64_t cell_id,
                               lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = LAB_OK;
    for (isize i = 0; status == LAB_OK && i < run->curve_count; i++)
        status = write_curve(ledger, cell_id, &run->curves[i], err);
    if (status == LAB_OK) status = open_named(&query, ledger, "event_point", err);
    for (isize i = 0; status == LAB_OK && i < run->point_count; i++) {
        const point *p = &run->points[i];
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":split", run->curves[p->curve].split);
        lab_query_bind_text(query, ":metric", run->curves[p->curve].metric);
        lab_query_bind_int(query, ":step", p->step);
        lab_query_bind_point(query, p->value);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status write_new(lab_external *run, lab_ledger *ledger, const char *hash,
                            const char *uuid, const lab_text *config, const char *source,
                            int64_t cell_id, lab_error *err)
{
    int64_t attempt_id = 0;
    lab_status status = cell_id != 0 ? forget(ledger, cell_id, err)
                                     : write_cell(run, ledger, hash, config, &cell_id, err);
    if (status == LAB_OK)
        status = write_attempt(run, ledger, cell_id, hash, uuid, source, &attempt_id, err);
    if (status == LAB_OK) status = write_points(run, ledger, cell_id, err);
    if (status == LAB_OK)
        status = run_on(ledger, "series_summarise", ":attempt_id", attempt_id, err);
    return status;
}

/* Folders of one name may hold different runs. */
static lab_status refuse_other_place(const lab_external *run, const found_cell *found,
                                     lab_error *err)
{
    static const char begin[] = "imported from ";
    const char *from = found->source;
    if (!run->place || !from || strncmp(from, begin, strlen(begin)) != 0) return LAB_OK;
    from += strlen(begin);
    if (strcmp(from, run->place) == 0) return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: its run is called '%s' after its place, as one with other points is that "
                    "was imported from %s; give it a name of its own with --name NAME",
                    run->place, key_find(run, "external.name"), from);
}

lab_status lab_external_write(lab_external *run, lab_ledger *ledger, const char *source,
                              lab_imported_runs *sum, lab_error *err)
{
    lab_text config = {0};
    char uuid[33];
    found_cell found;
    config_text(run, &config);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&config), config.length);
    (void)snprintf(uuid, sizeof uuid, "%.32s", content_hash(run, &config).hex);
    lab_status status = find(ledger, hash.hex, uuid, &found, err);
    sum->runs++;
    sum->added += found.cell_id == 0;
    sum->replaced += found.cell_id != 0 && !found.known;
    sum->points += run->point_count;
    sum->again += run->again;
    if (status == LAB_OK && !found.known) {
        status = refuse_other_place(run, &found, err);
        if (status == LAB_OK)
            status = write_new(run, ledger, hash.hex, uuid, &config,
                               run->place ? run->place : source, found.cell_id, err);
    }
    lab_heap_free(found.source);
    lab_text_finish(&config);
    return status;
}
