#include "train/imagining.h"
#include "base/log.h"
#include "data/png.h"
#include "train/checkpoint.h"
#include "train/coding.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096, GAP = 2, CELL_MIN = 96, COLUMNS = 5 };
enum { IMAGE, GIVEN, PREDICTED, CONTINUED, ERROR };

typedef struct {
    vt_session session;
    vt_trainer trainer;
    vt_arena arena;
    isize rows, side; /* pixels of an image's side */
    int channels, zoom, columns;
    vt_real *pixels[COLUMNS]; /* [rows, channels, side, side] */
    int32_t *given;           /* [rows, patches] */
    unsigned char *picture;   /* [height, width, channels] */
    isize width, height;
} imagining;

static void plan(imagining *p)
{
    isize values = p->rows * p->channels * p->side * p->side;
    for (int c = 0; c < COLUMNS; c++) p->pixels[c] = VT_TAKE(&p->arena, vt_real, values);
    p->given = VT_TAKE(&p->arena, int32_t, p->rows * p->trainer.learner.T);
    p->width = COLUMNS * (p->side * p->zoom + GAP) + GAP;
    p->height = p->rows * (p->side * p->zoom + GAP) + GAP;
    p->picture = VT_TAKE(&p->arena, unsigned char, p->width * p->height * p->channels);
}

static vt_status open_run(imagining *p, const vt_request *request, int images, vt_error *err)
{
    char config[PATH_BYTES];
    vt_request inside = *request;
    int found = 0;
    (void)snprintf(config, sizeof config, "%s/config.yaml", request->out);
    inside.config = config;
    inside.out = NULL;
    vt_status status = vt_session_open(&p->session, &inside, err);
    if (status != VT_OK) return status;
    const vt_config *c = &p->session.config;
    if (!vt_config_is(c->task, "pretrain"))
        return vt_fail(err, VT_ERR_CONFIG, "%s: probes; name the folder of a pre-training run",
                       request->out);
    status = vt_trainer_open(&p->trainer, c, p->session.dataset, p->session.pool, 0, err);
    if (status == VT_OK) status = vt_checkpoint_load(&p->trainer, request->out, &found, err);
    if (status == VT_OK && !found)
        status = vt_fail(err, VT_ERR_CONFIG, "%s: no checkpoint there: train the run first",
                         request->out);
    if (status == VT_OK) status = vt_coding_open(&p->trainer, request->out, NULL, NULL, err);
    if (status != VT_OK) return status;
    p->rows = vt_min((isize)images, p->trainer.held_out.count);
    p->side = (isize)c->data_image_px;
    p->channels = (int)c->data_channels;
    p->zoom = (int)((CELL_MIN + p->side - 1) / p->side);
    plan(p);
    status = vt_arena_open(&p->arena, err);
    if (status == VT_OK) plan(p);
    return status;
}

/* ---- pixels ---- */

/* Images from first on, count of them, as the model is shown them, and what it makes of them. */
static vt_status imagine_some(imagining *p, isize first, isize count, vt_error *err)
{
    isize values = (isize)p->channels * p->side * p->side, T = p->trainer.learner.T;
    size_t bytes = (size_t)(count * values) * sizeof(vt_real);
    vt_status status = vt_trainer_read_held_out(&p->trainer, first, count, err);
    if (status != VT_OK) return status;
    for (int c = 0; c < COLUMNS; c++)
        memcpy(p->pixels[c] + first * values, p->trainer.learner.images, bytes);
    p->columns = COLUMNS;
    for (int own = 1; own >= 0; own--) {
        vt_imagined out = {.own = own,
                           .pixels = p->pixels[own ? CONTINUED : PREDICTED] + first * values,
                           .given = p->given + first * T};
        int able = vt_learner_imagine(&p->trainer.learner, count, &out);
        if (!able && own) p->columns = COLUMNS - 1;
        if (!able && !own)
            return vt_fail(err, VT_ERR_CONFIG,
                           "objective.name: %s predicts no pixels that could be shown",
                           p->trainer.learner.objective->name);
    }
    return VT_OK;
}

static void hide_rest(imagining *p)
{
    isize patch = (isize)p->session.config.model_patch_px, across = p->side / patch;
    for (isize row = 0; row < p->rows; row++)
        for (isize c = 0; c < p->channels; c++)
            for (isize y = 0; y < p->side; y++)
                for (isize x = 0; x < p->side; x++)
                    if (!p->given[row * p->trainer.learner.T + y / patch * across + x / patch])
                        p->pixels[GIVEN][((row * p->channels + c) * p->side + y) * p->side + x] =
                            (vt_real)NAN;
}

static unsigned char byte_of(double value)
{
    return (unsigned char)(value <= 0 ? 0 : value >= 1 ? 255 : lround(255 * value));
}

static unsigned char shade(const imagining *p, int column, isize at, int channel)
{
    const vt_view *view = &p->trainer.held_out.view;
    double scale = view->std[channel], value = (double)p->pixels[column][at];
    if (column == ERROR)
        return byte_of(2 * scale *
                       fabs((double)p->pixels[PREDICTED][at] - (double)p->pixels[IMAGE][at]));
    return isnan(value) ? 128 : byte_of(view->mean[channel] + scale * value);
}

/* Where a column stands: without a continuation the last ones move up. */
static int column_at(const imagining *p, int place)
{
    return p->columns < COLUMNS && place >= CONTINUED ? place + 1 : place;
}

static void draw_cell(imagining *p, isize row, int place)
{
    isize cell = p->side * p->zoom, left = GAP + place * (cell + GAP),
          top = GAP + row * (cell + GAP);
    for (isize y = 0; y < cell; y++)
        for (isize x = 0; x < cell; x++)
            for (int c = 0; c < p->channels; c++) {
                isize at =
                    ((row * p->channels + c) * p->side + y / p->zoom) * p->side + x / p->zoom;
                p->picture[((top + y) * p->width + left + x) * p->channels + c] =
                    shade(p, column_at(p, place), at, c);
            }
}

static vt_status write_picture(imagining *p, const char *folder, vt_error *err)
{
    char path[PATH_BYTES], sha256[VT_SHA256_HEX];
    isize bytes = 0;
    p->width = p->columns * (p->side * p->zoom + GAP) + GAP;
    memset(p->picture, 255, (size_t)(p->width * p->height * p->channels));
    for (isize row = 0; row < p->rows; row++)
        for (int place = 0; place < p->columns; place++) draw_cell(p, row, place);
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_IMAGINE_FILE);
    vt_status status = vt_png_write(path, p->picture, (int)p->width, (int)p->height, p->channels,
                                    &bytes, sha256, err);
    if (status != VT_OK) return status;
    VT_EVENT(&p->session.sink, ARTIFACT, VT_S("imagine"), VT_I(p->trainer.step), VT_I(bytes),
             VT_S(sha256), VT_S(VT_IMAGINE_FILE));
    return vt_sink_check(&p->session.sink, err);
}

vt_status vt_imagining(const vt_request *request, int images, vt_error *err)
{
    imagining p = {0};
    vt_status status = open_run(&p, request, images, err);
    isize most = status == VT_OK ? p.trainer.learner.shard_images : 1;
    for (isize first = 0; first < p.rows && status == VT_OK; first += most)
        status = imagine_some(&p, first, vt_min(most, p.rows - first), err);
    if (status == VT_OK) {
        hide_rest(&p);
        status = write_picture(&p, request->out, err);
    }
    vt_arena_close(&p.arena);
    vt_trainer_close(&p.trainer);
    vt_session_close(&p.session);
    return status;
}
