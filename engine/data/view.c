#include "data/view.h"
#include "base/heap.h"
#include "data/buffer.h"
#include "data/jpeg.h"
#include "data/planes.h"
#include "data/resize.h"
#include <math.h>

struct vt_view_scratch {
    vt_jpeg *jpeg;
    vt_resizer *resizer;
    vt_buffer pixels; /* a decoded JPEG: [height, width, channels] */
    vt_buffer planes; /* vt_real [stored channels, image_px, image_px] in [0, 255] */
    vt_buffer spare;  /* of ops */
};

typedef struct {
    isize x, y, width, height; /* of the stored image, px */
} box;

vt_status vt_view_scratch_open(vt_view_scratch **out, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_view_scratch), err);
    if (status != VT_OK) return status;
    vt_view_scratch *scratch = block;
    status = vt_jpeg_open(&scratch->jpeg, err);
    if (status == VT_OK) status = vt_resizer_open(&scratch->resizer, err);
    if (status != VT_OK) goto done;
    *out = scratch;
    scratch = NULL;
done:
    vt_view_scratch_close(&scratch);
    return status;
}

void vt_view_scratch_close(vt_view_scratch **scratch)
{
    vt_view_scratch *s = *scratch;
    if (!s) return;
    vt_jpeg_close(&s->jpeg);
    vt_resizer_close(&s->resizer);
    vt_buffer_finish(&s->pixels);
    vt_buffer_finish(&s->planes);
    vt_buffer_finish(&s->spare);
    void *block = s;
    vt_heap_free(&block);
    *scratch = NULL;
}

void vt_view_normalise(vt_view *view, const vt_dataset_info *info)
{
    int luma = view->channels == 1 && info->channels == 3;
    for (int c = 0; c < 3; c++) {
        view->mean[c] = luma ? info->luma_mean : info->mean[c];
        view->std[c] = luma ? info->luma_std : info->std[c];
    }
}

/* ---- which part of the image ---- */

static isize draw_below(vt_rng *rng, isize n)
{
    return (isize)vt_rng_below(rng, (uint64_t)n);
}

static box centre_box(isize width, isize height, double least, double most)
{
    double ratio = (double)width / (double)height;
    box b = {.width = width, .height = height};
    if (ratio < least) b.height = vt_min(height, (isize)lround((double)width / least));
    if (ratio > most) b.width = vt_min(width, (isize)lround((double)height * most));
    b.x = (width - b.width) / 2;
    b.y = (height - b.height) / 2;
    return b;
}

static box crop_box(isize width, isize height, const vt_view *view, vt_rng *rng)
{
    enum { TRIES = 10 };
    const double least = 3.0 / 4, most = 4.0 / 3;
    double area = (double)width * (double)height, log_least = log(least);
    for (int i = 0; i < TRIES; i++) {
        double share = view->crop_min + (view->crop_max - view->crop_min) * vt_rng_unit(rng);
        double ratio = exp(log_least * (1 - 2 * vt_rng_unit(rng)));
        box b = {.width = (isize)lround(sqrt(area * share * ratio)),
                 .height = (isize)lround(sqrt(area * share / ratio))};
        if (b.width < 1 || b.height < 1 || b.width > width || b.height > height) continue;
        b.y = draw_below(rng, height - b.height + 1);
        b.x = draw_below(rng, width - b.width + 1);
        return b;
    }
    return centre_box(width, height, least, most);
}

/* Without a crop: the whole image is resized, and the middle of the outputs is wanted. */
static vt_span middle_span(isize length, isize shorter, isize total, isize px)
{
    vt_span span = vt_span_whole(0, length, total * length / shorter);
    span.from = (span.total - px) / 2;
    span.count = px;
    return span;
}

/* A view of one image: what is read of it, and the stream that further draws come from. */
typedef struct {
    vt_span rows, columns;
    int flip;
    vt_rng rng;
} plan;

static plan view_plan(const vt_view *view, const vt_image *image, vt_rng rng)
{
    isize px = view->image_px, height = image->height, width = image->width;
    VT_ASSERT(view->image_px >= 1 && (view->channels == 1 || view->channels == 3));
    plan p = {.flip = view->augment && vt_rng_unit(&rng) < view->flip};
    if (view->augment && view->crop_min < 1) {
        box b = crop_box(width, height, view, &rng);
        p.rows = vt_span_whole(b.y, b.height, px);
        p.columns = vt_span_whole(b.x, b.width, px);
    } else {
        isize shorter = vt_min(height, width);
        isize total = height == px && width == px ? px : (isize)ceil((double)px / 0.875);
        p.rows = middle_span(height, shorter, total, px);
        p.columns = middle_span(width, shorter, total, px);
    }
    p.rng = rng;
    return p;
}

/* ---- which pixels of the image ---- */

/* The least scale of a JPEG, in eighths, at which the window still has a sample for each output. */
static int scale_for(const vt_span *span)
{
    int eighths = 1;
    while (eighths < 8 && span->extent * eighths < 8 * (double)span->total) eighths *= 2;
    return eighths;
}

static void scale_span(vt_span *span, int eighths, isize length)
{
    isize scaled = (length * eighths + 7) / 8;
    span->start = span->start * eighths / 8;
    span->extent = span->extent * eighths / 8;
    span->low = (isize)floor(span->start);
    span->high = vt_min((isize)ceil(span->start + span->extent), scaled);
}

/* What all plans read of the image, at the scale that serves all; brings their spans to it. */
static vt_jpeg_part part_for(plan *plans, int count, const vt_image *image)
{
    vt_jpeg_part part = {.eighths = 1};
    isize right = 0, bottom = 0;
    for (int v = 0; v < count; v++) {
        int down = scale_for(&plans[v].rows), across = scale_for(&plans[v].columns);
        if (down > part.eighths) part.eighths = down;
        if (across > part.eighths) part.eighths = across;
    }
    part.left = part.top = VT_IMAGE_SIDE_MAX;
    for (int v = 0; v < count; v++) {
        isize first = 0, end = 0;
        if (part.eighths < 8) {
            scale_span(&plans[v].rows, part.eighths, image->height);
            scale_span(&plans[v].columns, part.eighths, image->width);
        }
        vt_span_reads(&plans[v].rows, &first, &end);
        part.top = vt_min(part.top, first);
        bottom = end > bottom ? end : bottom;
        vt_span_reads(&plans[v].columns, &first, &end);
        part.left = vt_min(part.left, first);
        right = end > right ? end : right;
    }
    part.width = right - part.left;
    part.height = bottom - part.top;
    return part;
}

/* ---- from pixels to numbers ---- */

static void planes_copy(vt_real *planes, const vt_resize_job *job)
{
    isize height = job->rows.count, width = job->columns.count, channels = job->channels;
    const unsigned char *from = job->pixels + (job->rows.low - job->top) * job->row_bytes +
                                (job->columns.low - job->left) * channels;
    for (isize c = 0; c < channels; c++)
        for (isize y = 0; y < height; y++) {
            const unsigned char *row = from + y * job->row_bytes + c;
            vt_real *to = planes + (c * height + y) * width;
            for (isize x = 0; x < width; x++) to[x] = (vt_real)row[x * channels];
        }
}

static int unchanged(const vt_span *span)
{
    return span->start == (double)span->low && span->extent == (double)span->total &&
           span->count == span->total;
}

static void plane_write(vt_real *out, const vt_view *view, int c, const vt_real *plane, int flip)
{
    isize px = view->image_px;
    vt_real scale = (vt_real)(1 / (255 * view->std[c]));
    vt_real shift = (vt_real)(-view->mean[c] / view->std[c]);
    for (isize y = 0; y < px; y++)
        vt_planes_now()->place(out + y * px, plane + y * px, px, scale, shift, flip);
}

/* The job that all views share: pixels and where they lie. */
static vt_status pixels_find(vt_resize_job *job, plan *plans, int count, const vt_image *image,
                             vt_view_scratch *scratch, vt_error *err)
{
    *job = (vt_resize_job){.pixels = image->data,
                           .row_bytes = (isize)image->width * image->channels,
                           .channels = image->channels};
    if (!image->jpeg) return VT_OK;
    vt_jpeg_part part = part_for(plans, count, image);
    vt_status status = vt_jpeg_decode_part(&scratch->pixels, &part, scratch->jpeg, image, err);
    job->pixels = scratch->pixels.data;
    job->row_bytes = part.width * image->channels;
    job->top = part.top;
    job->left = part.left;
    return status;
}

static vt_status view_make(vt_real *out, const vt_view *view, plan *p, vt_resize_job job,
                           vt_view_scratch *scratch, vt_error *err)
{
    isize count = (isize)view->image_px * view->image_px;
    vt_status status =
        vt_buffer_reserve(&scratch->planes, count * job.channels * (isize)sizeof(vt_real), err);
    if (status != VT_OK) return status;
    vt_real *planes = scratch->planes.data;
    job.rows = p->rows;
    job.columns = p->columns;
    if (unchanged(&job.rows) && unchanged(&job.columns))
        planes_copy(planes, &job);
    else
        status = vt_resizer_run(planes, scratch->resizer, &job, err);
    if (status != VT_OK) return status;
    int made = job.channels < view->channels ? job.channels : view->channels;
    if (job.channels > made) vt_planes_now()->luma(planes, planes, count);
    if (view->augment) {
        status =
            vt_ops_run(planes, made, view->image_px, &view->ops, &p->rng, &scratch->spare, err);
        if (status != VT_OK) return status;
    }
    for (int c = 0; c < view->channels; c++)
        plane_write(out + c * count, view, c, planes + (made > 1 ? c * count : 0), p->flip);
    return VT_OK;
}

static vt_status load(vt_real *const out[], const vt_view *views, int count, const vt_image *image,
                      vt_rng rng, vt_view_scratch *scratch, vt_error *err)
{
    plan plans[VT_VIEWS_MAX];
    vt_resize_job job;
    for (int v = 0; v < count; v++) {
        vt_rng own = rng;
        own.step += (uint64_t)v << 32;
        plans[v] = view_plan(&views[v], image, own);
    }
    vt_status status = pixels_find(&job, plans, count, image, scratch, err);
    for (int v = 0; v < count && status == VT_OK; v++)
        status = view_make(out[v], &views[v], &plans[v], job, scratch, err);
    return status;
}

vt_status vt_views_load(vt_real *const out[], const vt_views *views, const vt_image *image,
                        vt_rng rng, vt_view_scratch *scratch, vt_error *err)
{
    VT_ASSERT(views->count >= 1 && views->count <= VT_VIEWS_MAX);
    return load(out, views->view, views->count, image, rng, scratch, err);
}

vt_status vt_view_load(vt_real *out, const vt_view *view, const vt_image *image, vt_rng rng,
                       vt_view_scratch *scratch, vt_error *err)
{
    return load(&out, view, 1, image, rng, scratch, err);
}
