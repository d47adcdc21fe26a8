/* What is hard to predict in the sequence of an image's patches, and what models make of images. */
#include "base/file.h"
#include "base/hash.h"
#include "report/chart.h"
#include "report/figure.h"
#include <math.h>
#include <string.h>

enum { PICTURE_MIB = 4, PICTURES_MAX = 12 };

void lab_render_chunk_losses(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize count = lab_rows_count(rows);
    lab_chart chart = {0};
    lab_text label = {0};
    int hue = -1;
    if (count == 0)
        lab_page_text(scene->page, "No finished run recorded its loss along the sequence: set "
                                   "eval.chunks, to 8 for example.");
    for (isize row = 0; row < count; row++) {
        const char *run = lab_rows_text(rows, row, "run"),
                   *ordered = lab_rows_text(rows, row, "ordered");
        double chunk = lab_rows_real(rows, row, "chunk"), loss = lab_rows_real(rows, row, "loss");
        if (row == 0 || strcmp(lab_rows_text(rows, row - 1, "run"), run) != 0) {
            bool same = row > 0 && strcmp(lab_rows_text(rows, row - 1, "ordered"), ordered) == 0;
            hue += !same;
            lab_text_clear(&label);
            lab_text_add(&label, "%s, %s", ordered, lab_look_of(scene->styles, run).label);
            lab_chart_series(
                &chart,
                (lab_series){.label = lab_text_of(&label), .draw = LAB_SVG_LINE, .hue = hue});
        }
        if (isnan(loss)) continue;
        lab_chart_point(&chart, chunk, loss, lab_chart_none());
        lab_chart_tip(&chart, "%s, run %s, chunk %.0f: %.4f", lab_text_of(&label), run, chunk,
                      loss);
    }
    lab_plot plot = {.about = "Validation loss of each chunk of the sequence, a line for each run.",
                     .x = {.label = "chunk of the sequence, in the order of prediction"},
                     .y = {.label = "causal validation loss"},
                     .width = 900,
                     .height = 420};
    lab_chart_put(&chart, scene->page, "loss-by-chunk", &plot);
    lab_text_finish(&label);
}

/* The file, or why it cannot be shown. */
static const char *read_picture(const lab_scene *scene, isize row, lab_text *png)
{
    lab_text path = {0};
    lab_error err;
    const char *slash = strrchr(scene->ledger, '/'), *why = NULL;
    lab_text_bytes(&path, scene->ledger, slash ? slash - scene->ledger + 1 : 0);
    lab_text_put(&path, lab_rows_text(scene->rows, row, "path"));
    if (lab_file_read(png, lab_text_of(&path), PICTURE_MIB, &err) != LAB_OK)
        why = "cannot be read";
    else if (strcmp(lab_sha256_of(png->data, png->length).hex,
                    lab_rows_text(scene->rows, row, "sha256")) != 0)
        why = "is not the one that the ledger knows";
    lab_text_finish(&path);
    return why;
}

void lab_render_pictures(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize count = lab_rows_count(rows);
    if (count == 0) lab_page_text(scene->page, "No picture has been made: patchlaw imagine RUN.");
    if (count > PICTURES_MAX)
        lab_page_text(scene->page,
                      "The first %d of %td pictures; --sweep NAME has those of one "
                      "sweep alone.",
                      PICTURES_MAX, count);
    for (isize row = 0; row < count && row < PICTURES_MAX; row++) {
        lab_text png = {0}, name = {0}, about = {0};
        const char *run = lab_rows_text(rows, row, "run");
        const char *why = read_picture(scene, row, &png);
        lab_text_add(&about, "Run %s, %s, %s, after %td steps", run,
                     lab_rows_text(rows, row, "objective"), lab_look_of(scene->styles, run).label,
                     lab_rows_int(rows, row, "step"));
        lab_text_add(&name, "imagine-%s", run);
        if (why)
            lab_page_warning(scene->page,
                             "The picture of run %s %s: make it again with patchlaw "
                             "imagine %s.",
                             run, why, run);
        else {
            lab_page_text(scene->page, "%s", lab_text_of(&about));
            lab_page_picture(scene->page, lab_text_of(&name), &png, lab_text_of(&about));
        }
        lab_text_finish(&png);
        lab_text_finish(&name);
        lab_text_finish(&about);
    }
}

static const lab_figure figures[] = {
    {"What this stands on", "contents", lab_render_contents, NULL},
    {NULL, "programs", lab_render_programs, NULL},
    {NULL, "data_sets", lab_render_data_sets, NULL},
    {"Loss along the sequence", "chunk_losses", lab_render_chunk_losses,
     "One line a run, coloured by the order in which it predicts the patches: the causal "
     "validation "
     "loss over equal parts of the sequence, at the last validation. Later patches are predicted "
     "from more of the image; chunks of two orders hold different patches."},
    {"What models make of images", "pictures", lab_render_pictures,
     "A row for each held-out image. Columns: the image; what the model is given, the rest grey; "
     "its "
     "predictions, each from the true patches before it (objectives without an order: all at "
     "once); "
     "its continuation, each from its own predictions before, where there is an order; the error "
     "of "
     "the predictions, twice as bright. Predictions of normalised patches take mean and variance "
     "of the true patch, which the model does not tell."},
    {"What this report cannot say", "limits", lab_render_limits, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_sequence = {
    "sequence",
    "patchlaw: what is hard to predict in an image",
    "loss along the sequence of patches, by order; pictures of what models predict",
    figures,
    NULL,
    NULL};
