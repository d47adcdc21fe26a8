/* Rows first, because a weighted sum of whole rows is contiguous; then columns, for VT_TILE_ROWS
 * output rows at once, transposed so that these are contiguous too: both inner loops (planes.c) are
 * plain multiply-adds over vectors. */
#include "data/resize.h"
#include "base/heap.h"
#include "data/buffer.h"
#include "data/planes.h"
#include <math.h>

typedef struct {
    vt_buffer first_buffer, weight_buffer, exact_buffer;
    vt_taps taps;
} axis;

struct vt_resizer {
    axis rows, columns;
    vt_buffer tile;  /* vt_real [columns read * channels, VT_TILE_ROWS] */
    vt_buffer spare; /* vt_real [rows read for a tile, VT_TILE_BLOCK] */
};

vt_status vt_resizer_open(vt_resizer **out, vt_error *err)
{
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_resizer), err);
    *out = block;
    return status;
}

static void axis_finish(axis *a)
{
    vt_buffer_finish(&a->first_buffer);
    vt_buffer_finish(&a->weight_buffer);
    vt_buffer_finish(&a->exact_buffer);
}

void vt_resizer_close(vt_resizer **resizer)
{
    vt_resizer *r = *resizer;
    if (!r) return;
    axis_finish(&r->rows);
    axis_finish(&r->columns);
    vt_buffer_finish(&r->tile);
    vt_buffer_finish(&r->spare);
    void *block = r;
    vt_heap_free(&block);
    *resizer = NULL;
}

/* ---- spans ---- */

vt_span vt_span_whole(isize low, isize length, isize total)
{
    return (vt_span){.start = (double)low,
                     .extent = (double)length,
                     .low = low,
                     .high = low + length,
                     .total = total,
                     .count = total};
}

/* A span, in samples from low on. */
typedef struct {
    double begin, scale, wide; /* wide: samples that k is stretched to */
    isize length, taps;
} measure;

static measure measure_of(const vt_span *span)
{
    measure m = {.begin = span->start - (double)span->low,
                 .scale = span->extent / (double)span->total,
                 .length = span->high - span->low};
    m.wide = m.scale > 1 ? m.scale : 1;
    m.taps = vt_min((isize)ceil(4 * m.wide) + 1, m.length);
    return m;
}

static double centre_of(const measure *m, isize output)
{
    return m->begin + ((double)output + 0.5) * m->scale;
}

static isize first_of(const measure *m, isize output)
{
    isize first = (isize)floor(centre_of(m, output) - 2 * m->wide);
    if (first > m->length - m->taps) first = m->length - m->taps;
    return first < 0 ? 0 : first;
}

void vt_span_reads(const vt_span *span, isize *first, isize *end)
{
    measure m = measure_of(span);
    *first = span->low + first_of(&m, span->from);
    *end = span->low + first_of(&m, span->from + span->count - 1) + m.taps;
}

static vt_status axis_plan(axis *to, const vt_span *span, vt_error *err)
{
    measure m = measure_of(span);
    vt_taps *taps = &to->taps;
    isize start = first_of(&m, span->from), values = span->count * m.taps;
    vt_status status =
        vt_buffer_reserve(&to->first_buffer, span->count * (isize)sizeof(isize), err);
    if (status == VT_OK)
        status = vt_buffer_reserve(&to->weight_buffer, values * (isize)sizeof(vt_real), err);
    if (status == VT_OK)
        status = vt_buffer_reserve(&to->exact_buffer, m.taps * (isize)sizeof(double), err);
    if (status != VT_OK) return status;
    *taps = (vt_taps){.first = to->first_buffer.data,
                      .weight = to->weight_buffer.data,
                      .taps = m.taps,
                      .count = span->count};
    double *exact = to->exact_buffer.data;
    for (isize i = 0; i < span->count; i++) {
        isize first = first_of(&m, span->from + i);
        vt_planes_now()->cubic(taps->weight + i * m.taps, exact, (double)first + 0.5,
                               centre_of(&m, span->from + i), m.wide, m.taps);
        taps->first[i] = first - start;
    }
    return VT_OK;
}

/* Rows that the outputs of a tile read, at most. */
static isize most_read(const vt_taps *down)
{
    isize most = 0;
    for (isize y = 0; y < down->count; y += VT_TILE_ROWS) {
        isize last = vt_min(y + VT_TILE_ROWS, down->count) - 1;
        isize read = down->first[last] + down->taps - down->first[y];
        most = read > most ? read : most;
    }
    return most;
}

static vt_status reserve(vt_resizer *r, isize across, vt_error *err)
{
    enum { VALUE = sizeof(vt_real) };
    vt_status status = vt_buffer_reserve(&r->tile, across * VT_TILE_ROWS * VALUE, err);
    if (status != VT_OK) return status;
    return vt_buffer_reserve(&r->spare, most_read(&r->rows.taps) * VT_TILE_BLOCK * VALUE, err);
}

vt_status vt_resizer_run(vt_real *out, vt_resizer *resizer, const vt_resize_job *job, vt_error *err)
{
    const vt_planes *now = vt_planes_now();
    const vt_taps *down = &resizer->rows.taps, *along = &resizer->columns.taps;
    isize top = 0, left = 0, end = 0;
    int channels = job->channels;
    vt_status status = axis_plan(&resizer->rows, &job->rows, err);
    if (status == VT_OK) status = axis_plan(&resizer->columns, &job->columns, err);
    if (status != VT_OK) return status;
    vt_span_reads(&job->rows, &top, &end);
    vt_span_reads(&job->columns, &left, &end);
    vt_pixel_rows in = {.row_bytes = job->row_bytes, .across = (end - left) * channels};
    in.pixels = job->pixels + (top - job->top) * in.row_bytes + (left - job->left) * channels;
    status = reserve(resizer, in.across, err);
    if (status != VT_OK) return status;
    vt_real *tile = resizer->tile.data;
    for (isize y = 0; y < down->count; y += VT_TILE_ROWS) {
        isize rows = vt_min(VT_TILE_ROWS, down->count - y);
        now->mix_rows(tile, in, down, y, rows, resizer->spare.data);
        for (int c = 0; c < channels; c++)
            now->mix_columns(out + (c * down->count + y) * along->count, tile, channels, c, along,
                             rows);
    }
    return VT_OK;
}
