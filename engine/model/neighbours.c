#include "model/neighbours.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "ops/softmax_xent.h"
#include <math.h>
#include <string.h>

enum { BLOCK_IMAGES = 1024 };
static const double TEMPERATURE = 0.07;
static const isize wanted_ks[VT_NEIGHBOURS_KS] = {10, 20, 100, 200};

void vt_neighbours_plan(vt_neighbours *n, const vt_neighbours_options *options, vt_arena *arena)
{
    const vt_neighbours_options *o = options;
    VT_ASSERT(o->images_max >= 1 && o->tokens >= 1 && o->width >= 1 && o->classes >= 1);
    VT_ASSERT(o->bank >= 1);
    *n = (vt_neighbours){.options = *o};
    for (int i = 0; i < VT_NEIGHBOURS_KS && wanted_ks[i] <= o->bank; i++)
        n->ks[n->k_count++] = wanted_ks[i];
    if (n->k_count == 0) n->ks[n->k_count++] = o->bank;
    isize most = n->ks[n->k_count - 1];
    n->bank = VT_TAKE(arena, vt_real, o->bank * o->width);
    n->labels = VT_TAKE(arena, int32_t, o->bank);
    n->queries = VT_TAKE(arena, vt_real, o->images_max * o->width);
    n->products = VT_TAKE(arena, vt_real, o->images_max * vt_min(BLOCK_IMAGES, o->bank));
    n->near = VT_TAKE(arena, vt_real, o->images_max * most);
    n->near_at = VT_TAKE(arena, int32_t, o->images_max * most);
    n->near_count = VT_TAKE(arena, isize, o->images_max);
    n->votes = VT_TAKE(arena, double, o->classes);
    n->ranked = VT_TAKE(arena, vt_real, o->classes);
}

void vt_neighbours_clear(vt_neighbours *n)
{
    n->kept = 0;
}

/* Means of the tokens of each image, of length 1; what has no length stays 0. */
static void describe(const vt_neighbours *n, vt_real *out, const vt_real *x, isize images)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize width = n->options.width, tokens = n->options.tokens;
    memset(out, 0, (size_t)(images * width) * sizeof *out);
    for (isize b = 0; b < images; b++) {
        vt_real *row = out + b * width;
        kernels->sum_rows(row, x + b * tokens * width, tokens, width);
        double squares = kernels->sum_squares(row, width);
        vt_real scale = squares > 0 ? (vt_real)(1 / sqrt(squares)) : 1;
        for (isize c = 0; c < width; c++) row[c] *= scale;
    }
}

void vt_neighbours_keep(vt_neighbours *n, const vt_real *x, const int32_t *labels, isize images)
{
    VT_ASSERT(n->kept + images <= n->options.bank);
    describe(n, n->bank + n->kept * n->options.width, x, images);
    memcpy(n->labels + n->kept, labels, (size_t)images * sizeof *labels);
    n->kept += images;
}

/* Puts an image of the bank among the nearest, behind those that are as near. */
static void put_near(vt_real *near, int32_t *at, isize *count, isize most, vt_real value,
                     int32_t place)
{
    isize low = 0, high = *count;
    while (low < high) {
        isize middle = (low + high) / 2;
        if (near[middle] >= value)
            low = middle + 1;
        else
            high = middle;
    }
    isize moved = vt_min(*count, most - 1) - low;
    memmove(near + low + 1, near + low, (size_t)moved * sizeof *near);
    memmove(at + low + 1, at + low, (size_t)moved * sizeof *at);
    near[low] = value;
    at[low] = place;
    *count = vt_min(*count + 1, most);
}

static void find_near(vt_neighbours *n, isize images)
{
    isize width = n->options.width, most = n->ks[n->k_count - 1];
    memset(n->near_count, 0, (size_t)images * sizeof *n->near_count);
    for (isize first = 0; first < n->kept; first += BLOCK_IMAGES) {
        isize block = vt_min(BLOCK_IMAGES, n->kept - first);
        vt_gemm(n->products, block, (vt_extent){images, block, width},
                (vt_factor){n->queries, width, VT_N},
                (vt_factor){n->bank + first * width, width, VT_T}, 0);
        for (isize b = 0; b < images; b++) {
            vt_real *near = n->near + b * most;
            isize *count = &n->near_count[b];
            for (isize i = 0; i < block; i++) {
                vt_real value = n->products[b * block + i];
                int closer = *count < most ? !isnan(value) : value > near[most - 1];
                if (closer)
                    put_near(near, n->near_at + b * most, count, most, value, (int32_t)(first + i));
            }
        }
    }
}

/* The votes of an image's nearest 1, 2, ... k, counted at each of ks. */
static void count_votes(vt_neighbours *n, isize image, int32_t label, vt_bank_total *totals)
{
    isize most = n->ks[n->k_count - 1], classes = n->options.classes, seen = 0;
    const vt_real *near = n->near + image * most;
    const int32_t *at = n->near_at + image * most;
    double all = 0;
    memset(n->votes, 0, (size_t)classes * sizeof *n->votes);
    for (int k = 0; k < n->k_count; k++) {
        for (; seen < vt_min(n->ks[k], n->near_count[image]); seen++) {
            double weight = exp((double)near[seen] / TEMPERATURE);
            n->votes[n->labels[at[seen]]] += weight;
            all += weight;
        }
        for (isize c = 0; c < classes; c++) n->ranked[c] = (vt_real)(n->votes[c] / all);
        isize rank = vt_logits_rank(n->ranked, classes, label);
        totals[k].images++;
        totals[k].loss += all > 0 ? -log(n->votes[label] / all) : (double)INFINITY;
        totals[k].top1 += rank == 0;
        totals[k].top5 += rank < vt_min(5, classes);
    }
}

void vt_neighbours_score(vt_neighbours *n, const vt_real *x, const int32_t *labels, isize images,
                         vt_bank_total *totals)
{
    VT_ASSERT(images >= 1 && images <= n->options.images_max);
    describe(n, n->queries, x, images);
    find_near(n, images);
    for (isize b = 0; b < images; b++) count_votes(n, b, labels[b], totals);
}
