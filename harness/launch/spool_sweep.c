/* A sweep as a file of a spool, and back. */
#include "base/file.h"
#include "base/heap.h"
#include "launch/event.h"
#include "launch/spool_internal.h"
#include "sweep/mapping.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { MIB_MAX = 256 };

/* ---- out ---- */

static void put_sweep(const lab_sweep *sweep, int64_t at, lab_text *text)
{
    lab_event line = {.kind = LAB_LINE_SWEEP, .at = at};
    lab_sha256 hash = lab_sweep_hash(sweep);
    lab_event_set_text(&line, "name", sweep->name);
    lab_event_set_text(&line, "file", sweep->file);
    lab_event_set_text(&line, "sha256", hash.hex);
    lab_event_set_text(&line, "question", sweep->question);
    lab_event_set_text(&line, "prediction", sweep->prediction);
    lab_event_set_text(&line, "decision", sweep->decision);
    lab_event_set_text(&line, "text", sweep->text);
    lab_line_put(text, &line);
}

static void put_cell(const lab_cell *cell, isize ordinal, int64_t at, lab_text *text)
{
    lab_event line = {.kind = LAB_LINE_CELL, .at = at};
    lab_text config = {0};
    lab_config_text(&cell->config, &config);
    lab_event_set_text(&line, "hash", cell->hash.hex);
    lab_event_set_text(&line, "parent", cell->parent.hex);
    lab_event_set_int(&line, "ordinal", ordinal);
    lab_event_set_text(&line, "config", lab_text_of(&config));
    lab_line_put(text, &line);
    lab_text_finish(&config);
}

static void put_vars(const lab_sweep *sweep, isize cell, int64_t at, lab_text *text)
{
    for (int i = 0; i < sweep->var_count; i++) {
        lab_event line = {.kind = LAB_LINE_VAR, .at = at};
        if (!isfinite(sweep->cells[cell].vars[i])) continue;
        lab_event_set_text(&line, "name", sweep->vars[i]);
        lab_event_set_real(&line, "value", sweep->cells[cell].vars[i]);
        lab_line_put(text, &line);
    }
}

lab_status lab_spool_sweep_write(const lab_sweep *sweep, const char *path, lab_error *err)
{
    lab_text text = {0}, partial = {0};
    uint64_t other = 0; /* launchers on other machines write the same file, under other names */
    int64_t at = sweep->launched_at ? sweep->launched_at : lab_now_us();
    if (sweep->file) put_sweep(sweep, at, &text);
    for (isize i = 0; i < sweep->count; i++) {
        put_cell(&sweep->cells[i], i, at, &text);
        put_vars(sweep, i, at, &text);
    }
    if (getrandom(&other, sizeof other, 0) < 0) other = (uint64_t)getpid();
    lab_text_add(&partial, "%s.%016llx", path, (unsigned long long)other);
    FILE *file = fopen(lab_text_of(&partial), "we");
    bool good = file && fwrite(text.data, 1, (size_t)text.length, file) == (size_t)text.length &&
                fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file && fclose(file) != 0) good = false;
    if (good && rename(lab_text_of(&partial), path) != 0) good = false;
    lab_status status =
        good ? LAB_OK
             : lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (good)
        lab_spool_sync_folder(path);
    else
        (void)unlink(lab_text_of(&partial));
    lab_text_finish(&text);
    lab_text_finish(&partial);
    return status;
}

/* ---- in ---- */

static char *text_or_null(const lab_event *line, const char *field)
{
    const char *text = lab_event_text(line, field);
    return *text ? lab_heap_text(text) : NULL;
}

/* A paper's claims stand in the sweep's own text, and nowhere else in a spool. What a newer program
 * made of them is refused as its cells are. */
static lab_status take_claims(lab_claims *claims, const char *text, lab_error *err)
{
    lab_yaml *yaml = NULL;
    if (!*text) return LAB_OK;
    lab_status status = lab_yaml_parse(&yaml, "the sweep's text", text, (isize)strlen(text), err);
    if (status == LAB_OK) {
        lab_node paper = lab_mapping_find(lab_yaml_root(yaml), "paper");
        if (paper.yaml) status = lab_claims_read(claims, paper, err);
    }
    lab_yaml_close(&yaml);
    return status == LAB_ERR_CONFIG ? LAB_ERR_FORMAT : status;
}

static lab_status take_sweep(lab_sweep *out, const lab_event *line, lab_sha256 *hash,
                             lab_error *err)
{
    if (out->text || out->count > 0)
        return lab_fail(err, LAB_ERR_FORMAT, "only the first line may be a sweep");
    if (!*lab_event_text(line, "file") || !*lab_event_text(line, "name"))
        return lab_fail(err, LAB_ERR_FORMAT, "the sweep has no name, or no file");
    out->name = text_or_null(line, "name");
    out->file = text_or_null(line, "file");
    out->question = text_or_null(line, "question");
    out->prediction = text_or_null(line, "prediction");
    out->decision = text_or_null(line, "decision");
    out->text = lab_heap_text(lab_event_text(line, "text"));
    (void)snprintf(hash->hex, sizeof hash->hex, "%s", lab_event_text(line, "sha256"));
    return take_claims(&out->claims, out->text, err);
}

static lab_status take_config(lab_config *config, const lab_event *line, lab_error *err)
{
    lab_yaml *yaml = NULL;
    const char *text = lab_event_text(line, "config");
    lab_status status = lab_yaml_parse(&yaml, "config", text, (isize)strlen(text), err);
    lab_config_init(config);
    if (status == LAB_OK) status = lab_config_read(config, lab_yaml_root(yaml), err);
    if (status == LAB_OK) status = lab_config_check(config, err);
    lab_yaml_close(&yaml);
    if (status == LAB_ERR_CONFIG) status = LAB_ERR_FORMAT;
    return status;
}

static lab_status take_cell(lab_sweep *out, const lab_event *line, lab_error *err)
{
    const char *hash = lab_event_text(line, "hash"), *parent = lab_event_text(line, "parent");
    if (out->count >= LAB_SWEEP_CELLS_MAX)
        return lab_fail(err, LAB_ERR_FORMAT, "more than %d cells", LAB_SWEEP_CELLS_MAX);
    if (lab_event_int(line, "ordinal") != out->count || lab_sweep_find(out, hash) >= 0)
        return lab_fail(err, LAB_ERR_FORMAT, "cell %.12s is not the next one", hash);
    lab_config config;
    lab_status status = take_config(&config, line, err);
    if (status != LAB_OK) return status;
    lab_sha256 found = lab_config_hash(&config);
    if (strcmp(found.hex, hash) != 0)
        return lab_fail(err, LAB_ERR_FORMAT,
                        "the config of cell %.12s has another hash: it is damaged, or of another "
                        "version of this program",
                        hash);
    if (*parent && strcmp(parent, lab_config_value(&config, LAB_KEY_probe_trunk)) != 0)
        return lab_fail(err, LAB_ERR_FORMAT, "cell %.12s probes another trunk than its parent",
                        hash);
    lab_cell *cell = lab_sweep_append(out, &found);
    cell->config = config;
    (void)snprintf(cell->parent.hex, sizeof cell->parent.hex, "%s", parent);
    cell->parent_cell = *parent ? lab_sweep_find(out, parent) : -1;
    for (int i = 0; i < LAB_SWEEP_VARS_MAX; i++) cell->vars[i] = (double)NAN;
    return LAB_OK;
}

static lab_status take_var(lab_sweep *out, const lab_event *line, lab_error *err)
{
    const char *name = lab_event_text(line, "name");
    double value = lab_event_real(line, "value");
    int place = 0;
    while (place < out->var_count && strcmp(out->vars[place], name) != 0) place++;
    if (out->count == 0 || !*name || strlen(name) >= LAB_VAR_BYTES || !isfinite(value) ||
        place == LAB_SWEEP_VARS_MAX)
        return lab_fail(err, LAB_ERR_FORMAT, "'%.40s' cannot be a var of a cell", name);
    (void)snprintf(out->vars[place], LAB_VAR_BYTES, "%s", name);
    if (place == out->var_count) out->var_count++;
    out->cells[out->count - 1].vars[place] = value;
    return LAB_OK;
}

static lab_status take_line(lab_sweep *out, char *text, isize bytes, lab_sha256 *hash,
                            lab_error *err)
{
    lab_event line;
    lab_status status = lab_line_parse(&line, text, bytes, err);
    if (status != LAB_OK) return status;
    out->launched_at = line.at;
    if (line.kind == LAB_LINE_SWEEP) return take_sweep(out, &line, hash, err);
    if (line.kind == LAB_LINE_CELL) return take_cell(out, &line, err);
    if (line.kind == LAB_LINE_VAR) return take_var(out, &line, err);
    return lab_fail(err, LAB_ERR_FORMAT, "this line has no place here");
}

lab_status lab_spool_sweep_parse(lab_sweep *out, const char *path, lab_text *text, lab_error *err)
{
    lab_sha256 hash = {""}, found;
    lab_status status = LAB_OK;
    long long number = 1;
    *out = (lab_sweep){0};
    char *line = text->data, *stop = text->data + text->length;
    while (status == LAB_OK && line < stop) {
        char *end = memchr(line, '\n', (size_t)(stop - line));
        status = end ? take_line(out, line, end - line, &hash, err)
                     : lab_fail(err, LAB_ERR_FORMAT, "ends within a line");
        if (status == LAB_ERR_FORMAT) lab_error_context(err, "%s:%lld", path, number);
        if (end) line = end + 1;
        number++;
    }
    if (status != LAB_OK || !hash.hex[0]) return status;
    found = lab_sweep_hash(out);
    if (strcmp(found.hex, hash.hex) != 0)
        return lab_fail(err, LAB_ERR_FORMAT, "%s: has lost cells, or was changed", path);
    return LAB_OK;
}

lab_status lab_spool_sweep_read(lab_sweep *out, const char *path, lab_error *err)
{
    lab_text text = {0};
    *out = (lab_sweep){0};
    lab_status status = lab_file_read(&text, path, MIB_MAX, err);
    if (status == LAB_OK) status = lab_spool_sweep_parse(out, path, &text, err);
    lab_text_finish(&text);
    return status;
}

void lab_spool_sweep_join(lab_sweep *all, const lab_sweep *more)
{
    for (isize i = 0; i < more->count; i++)
        if (lab_sweep_find(all, more->cells[i].hash.hex) < 0)
            *lab_sweep_append(all, &more->cells[i].hash) = more->cells[i];
    for (isize i = 0; i < all->count; i++)
        all->cells[i].parent_cell =
            *all->cells[i].parent.hex ? lab_sweep_find(all, all->cells[i].parent.hex) : -1;
}
