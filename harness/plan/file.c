#include "plan/file.h"
#include "launch/estimate.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINE = 98 }; /* columns of a paragraph */

/* ---- its words ---- */

/* A scalar of YAML, in quotes where it is not plainly one; JSON's are YAML's, too. */
static void add_scalar(lab_text *text, const char *key, const char *words)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    bool simple = *words && strspn(words, plain) == strlen(words) &&
                  strcspn(words, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == 0;
    bool path = strncmp(words, "../", 3) == 0 || *words == '/';
    lab_text_add(text, "%s: ", key);
    if (simple || (path && strspn(words, plain) == strlen(words)))
        lab_text_put(text, words);
    else
        lab_text_json(text, words);
    lab_text_put(text, "\n");
}

/* words in lines that begin with lead. */
static void add_wrapped(lab_text *text, const char *lead, const char *words)
{
    isize column = 0;
    while (*words) {
        isize length = (isize)strcspn(words, " \n");
        if (column && column + 1 + length > LINE - (isize)strlen(lead)) {
            lab_text_put(text, "\n");
            column = 0;
        }
        lab_text_put(text, column ? " " : lead);
        lab_text_bytes(text, words, length);
        column += length + (column > 0);
        words += length;
        while (*words == ' ' || *words == '\n') words++;
    }
    lab_text_put(text, "\n");
}

static void add_paragraph(lab_text *text, const char *key, const char *words)
{
    if (!words) return;
    lab_text_add(text, "%s: >-\n", key);
    add_wrapped(text, "  ", words);
}

/* ---- its axes ---- */

typedef enum { WIDTH, HEADS, DEPTH, STEPS, AXES } axis;

static int64_t value_of(const lab_ladder *ladder, const lab_ladder_cell *cell, axis of)
{
    const lab_ladder_size *size = &ladder->sizes[cell->size];
    switch (of) {
    case WIDTH:
        return size->width;
    case HEADS:
        return size->heads;
    case DEPTH:
        return size->depth;
    default:
        return cell->steps;
    }
}

static void add_axis(lab_text *text, const char *lead, lab_key_id key, axis of,
                     const lab_ladder *ladder, const lab_ladder_cell *cells, isize count)
{
    lab_text_add(text, "%s%s: [", lead, lab_key_at(key)->name);
    for (isize i = 0; i < count; i++)
        lab_text_add(text, "%s%lld", i ? ", " : "", (long long)value_of(ladder, &cells[i], of));
    lab_text_put(text, "]\n");
}

static void add_axes(lab_text *text, const lab_ladder *ladder, const lab_ladder_cell *cells,
                     isize count)
{
    static const lab_key_id keys[AXES] = {LAB_KEY_model_width, LAB_KEY_model_heads,
                                          LAB_KEY_model_depth, LAB_KEY_optim_steps};
    lab_text_put(text, "zip:\n");
    for (axis of = WIDTH; of < AXES; of++) {
        bool varies = of == WIDTH || of == STEPS;
        for (isize i = 0; i < count; i++)
            varies |= value_of(ladder, &cells[i], of) != lab_config_int(&ladder->base, keys[of]);
        const char *lead = of == WIDTH ? "  - " : "    ";
        if (varies) add_axis(text, lead, keys[of], of, ladder, cells, count);
        if (of == WIDTH && ladder->tied)
            add_axis(text, "    ", LAB_KEY_head_width, of, ladder, cells, count);
    }
}

void lab_plan_file_text(lab_text *text, const lab_plan_file *file, const lab_ladder *ladder,
                        const lab_ladder_cell *cells, isize count)
{
    if (file->about) add_wrapped(text, "# ", file->about);
    add_scalar(text, "name", file->name);
    add_paragraph(text, "question", file->question);
    add_paragraph(text, "prediction", file->prediction);
    add_paragraph(text, "decide", file->decide);
    add_scalar(text, "base", file->base);
    add_axes(text, ladder, cells, count);
    if (file->lr) {
        lab_text_put(text, "derive:\n");
        add_scalar(text, "  optim.lr_peak", file->lr);
    }
    if (file->seeds > 1) lab_text_add(text, "seeds: %d\n", file->seeds);
}

void lab_plan_file_relative(lab_text *out, const char *path, const char *other)
{
    isize shared = 0; /* bytes up to and with the last slash that both have */
    for (isize i = 0; path[i] && path[i] == other[i]; i++)
        if (path[i] == '/') shared = i + 1;
    if (shared <= 1) {
        lab_text_put(out, other);
        return;
    }
    for (const char *at = path + shared; (at = strchr(at, '/')); at++) lab_text_put(out, "../");
    lab_text_put(out, other + shared);
}

/* A place in a file that nobody has helps nobody: "FILE:LINE:COLUMN: " goes. */
static void forget_place(lab_error *err, const char *path)
{
    const char *words =
        strncmp(err->text, path, strlen(path)) == 0 ? strstr(err->text, ": ") : NULL;
    if (words) memmove(err->text, words + 2, strlen(words + 2) + 1);
}

lab_status lab_plan_file_expand(lab_sweep *out, const lab_text *text, lab_engine *engine,
                                lab_error *err)
{
    char path[64];
    lab_data_source source = lab_engine_data(engine);
    source.plan = lab_estimate_config;
    *out = (lab_sweep){.count = 0};
    int fd = memfd_create("plan.yaml", MFD_CLOEXEC);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, text->data, (size_t)text->length) != (ssize_t)text->length) {
        if (fd >= 0) (void)close(fd);
        return lab_fail(err, LAB_ERR_IO, "cannot make a file for a plan: %s", strerror(errno));
    }
    lab_status status = lab_sweep_read(out, path, NULL, 0, source, err);
    (void)close(fd);
    if (status != LAB_OK) forget_place(err, path);
    return status;
}
