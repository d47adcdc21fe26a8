#include "data/augment.h"
#include "data/planes.h"
#include <math.h>
#include <string.h>

/* ---- parts ---- */

void vt_op_brightness(vt_real *planes, int channels, isize pixels, double factor)
{
    vt_planes_now()->line(planes, channels * pixels, (vt_real)factor, 0);
}

void vt_op_contrast(vt_real *planes, int channels, isize pixels, double factor, vt_real *spare)
{
    const vt_planes *now = vt_planes_now();
    if (channels == 3) now->luma(spare, planes, pixels);
    double mean = now->sum(channels == 3 ? spare : planes, pixels) / (double)pixels;
    now->line(planes, channels * pixels, (vt_real)factor, (vt_real)((1 - factor) * mean));
}

void vt_op_saturation(vt_real *planes, int channels, isize pixels, double factor, vt_real *spare)
{
    const vt_planes *now = vt_planes_now();
    if (channels != 3) return;
    now->luma(spare, planes, pixels);
    for (int c = 0; c < 3; c++) now->blend(planes + c * pixels, spare, pixels, (vt_real)factor);
}

void vt_op_hue(vt_real *planes, int channels, isize pixels, double turn)
{
    VT_ASSERT(turn >= -0.5 && turn <= 0.5);
    if (channels == 3) vt_planes_now()->turn_hue(planes, pixels, (vt_real)turn);
}

void vt_op_grey(vt_real *planes, int channels, isize pixels)
{
    if (channels != 3) return;
    vt_planes_now()->luma(planes, planes, pixels);
    for (int c = 1; c < 3; c++)
        memcpy(planes + c * pixels, planes, (size_t)pixels * sizeof *planes);
}

void vt_op_solarize(vt_real *planes, int channels, isize pixels, double threshold)
{
    vt_planes_now()->solarize(planes, channels * pixels, (vt_real)(255 * threshold));
}

/* ---- blur ---- */

static isize reach_of(isize px, double sigma)
{
    return vt_min((isize)ceil(3 * sigma), px - 1); /* a mirrored border has no more */
}

isize vt_op_blur_spare(isize px, double sigma)
{
    isize reach = reach_of(px, sigma), wide = px + 2 * reach;
    return 2 * reach + 1 + wide * wide + px * wide;
}

static isize mirrored(isize i, isize px)
{
    i = i < 0 ? -i : i;
    return i < px ? i : 2 * px - 2 - i;
}

/* The plane with a mirrored border around it, then down its columns, then along its rows. */
void vt_op_blur(vt_real *planes, int channels, isize px, double sigma, vt_real *spare)
{
    const vt_planes *now = vt_planes_now();
    isize reach = reach_of(px, sigma), wide = px + 2 * reach, taps = 2 * reach + 1;
    vt_real *weight = spare, *bordered = weight + taps, *made = bordered + wide * wide;
    double sum = 0;
    if (reach < 1 || !(sigma > 0)) return;
    for (isize t = -reach; t <= reach; t++) sum += exp(-0.5 * (double)(t * t) / (sigma * sigma));
    for (isize t = -reach; t <= reach; t++)
        weight[reach + t] = (vt_real)(exp(-0.5 * (double)(t * t) / (sigma * sigma)) / sum);
    for (int c = 0; c < channels; c++) {
        vt_real *plane = planes + c * px * px;
        for (isize y = 0; y < wide; y++) {
            const vt_real *from = plane + mirrored(y - reach, px) * px;
            vt_real *to = bordered + y * wide;
            memcpy(to + reach, from, (size_t)px * sizeof *to);
            for (isize x = 0; x < reach; x++) {
                to[x] = from[mirrored(x - reach, px)];
                to[reach + px + x] = from[mirrored(px + x, px)];
            }
        }
        now->filter(made, bordered, px * wide, weight, taps, wide);
        for (isize y = 0; y < px; y++)
            now->filter(plane + y * px, made + y * wide, px, weight, taps, 1);
    }
}

/* ---- lists ---- */

static double within(vt_rng *rng, double least, double most)
{
    return least + (most - least) * vt_rng_unit(rng);
}

static double factor_of(vt_rng *rng, double amount)
{
    return within(rng, amount < 1 ? 1 - amount : 0, 1 + amount);
}

static void jitter(vt_real *planes, int channels, isize pixels, const double amount[4], vt_rng *rng,
                   vt_real *spare)
{
    enum { BRIGHTNESS, CONTRAST, SATURATION, HUE, PARTS };
    int order[PARTS] = {BRIGHTNESS, CONTRAST, SATURATION, HUE};
    double by[PARTS];
    for (int i = PARTS - 1; i > 0; i--) {
        int j = (int)vt_rng_below(rng, (uint64_t)i + 1), last = order[i];
        order[i] = order[j];
        order[j] = last;
    }
    for (int i = 0; i < HUE; i++) by[i] = factor_of(rng, amount[i]);
    by[HUE] = within(rng, -amount[HUE], amount[HUE]);
    for (int i = 0; i < PARTS; i++) {
        int part = order[i];
        if (amount[part] == 0) continue;
        if (part == BRIGHTNESS) vt_op_brightness(planes, channels, pixels, by[part]);
        if (part == CONTRAST) vt_op_contrast(planes, channels, pixels, by[part], spare);
        if (part == SATURATION) vt_op_saturation(planes, channels, pixels, by[part], spare);
        if (part == HUE) vt_op_hue(planes, channels, pixels, by[part]);
    }
}

vt_status vt_ops_run(vt_real *planes, int channels, isize px, const vt_ops *ops, vt_rng *rng,
                     vt_buffer *spare, vt_error *err)
{
    isize pixels = px * px;
    VT_ASSERT(ops->count >= 0 && ops->count <= VT_OPS_MAX);
    for (int i = 0; i < ops->count; i++) {
        const vt_op *op = &ops->op[i];
        if (vt_rng_unit(rng) >= op->probability) continue;
        double sigma = op->kind == VT_OP_BLUR ? within(rng, op->amount[0], op->amount[1]) : 0;
        isize room = op->kind == VT_OP_BLUR ? vt_op_blur_spare(px, op->amount[1]) : pixels;
        vt_status status = vt_buffer_reserve(spare, room * (isize)sizeof(vt_real), err);
        if (status != VT_OK) return status;
        switch (op->kind) {
        case VT_OP_JITTER:
            jitter(planes, channels, pixels, op->amount, rng, spare->data);
            break;
        case VT_OP_GREY:
            vt_op_grey(planes, channels, pixels);
            break;
        case VT_OP_BLUR:
            vt_op_blur(planes, channels, px, sigma, spare->data);
            break;
        case VT_OP_SOLARIZE:
            vt_op_solarize(planes, channels, pixels, op->amount[0]);
            break;
        }
    }
    return VT_OK;
}
