/* Rows first, because a weighted sum of whole rows is contiguous; then columns, for LANES output
 * rows at once, transposed so that these are contiguous too: both inner loops are plain
 * multiply-adds over vectors. */
#include "data/resize.h"
#include "base/heap.h"
#include "data/buffer.h"
#include <math.h>
#include <string.h>

enum { LANES = 16 };

typedef struct {
    vt_buffer first_buffer, weight_buffer;
    isize taps;
    isize *first;    /* [count] first source sample of each output; first + taps <= length */
    vt_real *weight; /* [count, taps] */
} axis;

struct vt_resizer {
    axis rows, columns;
    vt_buffer sums; /* vt_real [width * channels] */
    vt_buffer tile; /* vt_real [width * channels, LANES] */
};

vt_status vt_resizer_open(vt_resizer **out, vt_error *err)
{
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_resizer), err);
    *out = block;
    return status;
}

void vt_resizer_close(vt_resizer **resizer)
{
    vt_resizer *r = *resizer;
    if (!r) return;
    vt_buffer_finish(&r->rows.first_buffer);
    vt_buffer_finish(&r->rows.weight_buffer);
    vt_buffer_finish(&r->columns.first_buffer);
    vt_buffer_finish(&r->columns.weight_buffer);
    vt_buffer_finish(&r->sums);
    vt_buffer_finish(&r->tile);
    void *block = r;
    vt_heap_free(&block);
    *resizer = NULL;
}

static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static vt_status axis_plan(axis *to, const vt_span *span, vt_error *err)
{
    double scale = (double)span->length / (double)span->total, wide = scale > 1 ? scale : 1;
    isize taps = vt_min((isize)ceil(4 * wide) + 1, span->length);
    vt_status status =
        vt_buffer_reserve(&to->first_buffer, span->count * (isize)sizeof(isize), err);
    if (status == VT_OK)
        status =
            vt_buffer_reserve(&to->weight_buffer, span->count * taps * (isize)sizeof(vt_real), err);
    if (status != VT_OK) return status;
    to->taps = taps;
    to->first = to->first_buffer.data;
    to->weight = to->weight_buffer.data;
    for (isize i = 0; i < span->count; i++) {
        double centre = ((double)(span->from + i) + 0.5) * scale, sum = 0;
        isize first = (isize)floor(centre - 2 * wide);
        if (first > span->length - taps) first = span->length - taps;
        if (first < 0) first = 0;
        for (isize t = 0; t < taps; t++) sum += cubic(((double)(first + t) + 0.5 - centre) / wide);
        for (isize t = 0; t < taps; t++) {
            double weight = cubic(((double)(first + t) + 0.5 - centre) / wide) / sum;
            to->weight[i * taps + t] = (vt_real)weight;
        }
        to->first[i] = first;
    }
    return VT_OK;
}

static void row_add(vt_real *restrict sums, const unsigned char *restrict row, vt_real weight,
                    isize count)
{
    for (isize i = 0; i < count; i++) sums[i] += weight * (vt_real)row[i];
}

/* Lane of the tile := output row y before its columns are resampled. */
static void row_make(vt_resizer *r, const vt_resize_job *job, isize y, isize lane)
{
    isize count = job->columns.length * job->channels;
    const axis *rows = &r->rows;
    vt_real *sums = r->sums.data, *tile = r->tile.data;
    memset(sums, 0, (size_t)count * sizeof *sums);
    for (isize t = 0; t < rows->taps; t++) {
        vt_real weight = rows->weight[y * rows->taps + t];
        if (weight != 0)
            row_add(sums, job->pixels + (rows->first[y] + t) * job->row_bytes, weight, count);
    }
    for (isize i = 0; i < count; i++) tile[i * LANES + lane] = sums[i];
}

static void column_make(vt_real out[restrict LANES], const vt_real *restrict tile,
                        const vt_real *restrict weight, isize taps, isize step)
{
    vt_real sum[LANES] = {0};
    for (isize t = 0; t < taps; t++)
        for (int l = 0; l < LANES; l++) sum[l] += weight[t] * tile[t * step + l];
    for (int l = 0; l < LANES; l++) {
        vt_real low = sum[l] > 0 ? sum[l] : 0;
        out[l] = low < 255 ? low : 255;
    }
}

vt_status vt_resizer_run(vt_real *out, vt_resizer *resizer, const vt_resize_job *job, vt_error *err)
{
    const axis *columns = &resizer->columns;
    isize height = job->rows.count, width = job->columns.count, channels = job->channels;
    isize count = job->columns.length * channels;
    vt_status status = axis_plan(&resizer->rows, &job->rows, err);
    if (status == VT_OK) status = axis_plan(&resizer->columns, &job->columns, err);
    if (status == VT_OK)
        status = vt_buffer_reserve(&resizer->sums, count * (isize)sizeof(vt_real), err);
    if (status == VT_OK)
        status = vt_buffer_reserve(&resizer->tile, count * LANES * (isize)sizeof(vt_real), err);
    if (status != VT_OK) return status;
    const vt_real *tile = resizer->tile.data;
    for (isize y = 0; y < height; y += LANES) {
        isize lanes = vt_min(LANES, height - y);
        for (isize l = 0; l < lanes; l++) row_make(resizer, job, y + l, l);
        for (isize x = 0; x < width; x++) {
            const vt_real *weight = columns->weight + x * columns->taps;
            for (isize c = 0; c < channels; c++) {
                vt_real made[LANES];
                column_make(made, tile + (columns->first[x] * channels + c) * LANES, weight,
                            columns->taps, channels * LANES);
                for (isize l = 0; l < lanes; l++) out[(c * height + y + l) * width + x] = made[l];
            }
        }
    }
    return VT_OK;
}
