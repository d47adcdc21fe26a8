#include "curate/look.h"
#include "base/hash.h"
#include "base/heap.h"
#include "curate/faces.h"
#include "data/jpeg.h"
#include "data/jpeg_write.h"
#include "data/markers.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { QUALITY = 95, THUMB_QUALITY = 85, THUMB_SIDE = 64, COARSE_SIDE = 8, TEXT_BYTES = 256 };

struct vt_looker {
    vt_jpeg *jpeg;
    vt_phasher *phasher;
    vt_resizer *resizer;
    vt_buffer pixels, upright, planes;
};

const char *vt_step_name(vt_step step)
{
#define VT_STEP_NAME(NAME, name, what) name,
    static const char *const names[VT_STEP_COUNT + 1] = {VT_STEPS(VT_STEP_NAME) "kept"};
#undef VT_STEP_NAME
    return names[step];
}

const char *vt_step_what(vt_step step)
{
#define VT_STEP_WHAT(NAME, name, what) what,
    static const char *const texts[VT_STEP_COUNT + 1] = {VT_STEPS(VT_STEP_WHAT) ""};
#undef VT_STEP_WHAT
    return texts[step];
}

vt_status vt_looker_open(vt_looker **out, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_looker), err);
    if (status != VT_OK) return status;
    vt_looker *looker = block;
    status = vt_jpeg_open(&looker->jpeg, err);
    if (status == VT_OK) status = vt_phasher_open(&looker->phasher, err);
    if (status == VT_OK) status = vt_resizer_open(&looker->resizer, err);
    if (status != VT_OK) goto done;
    *out = looker;
    looker = NULL;
done:
    vt_looker_close(&looker);
    return status;
}

void vt_looker_close(vt_looker **looker)
{
    vt_looker *l = *looker;
    if (!l) return;
    vt_jpeg_close(&l->jpeg);
    vt_phasher_close(&l->phasher);
    vt_resizer_close(&l->resizer);
    vt_buffer_finish(&l->pixels);
    vt_buffer_finish(&l->upright);
    vt_buffer_finish(&l->planes);
    void *block = l;
    vt_heap_free(&block);
    *looker = NULL;
}

/* ---- decoding ---- */

static void drop(vt_look *look, vt_step step, const char *reason)
{
    look->dropped = step;
    (void)snprintf(look->reason, sizeof look->reason, "%s", reason);
}

/* By the markers alone, before libjpeg reserves anything; NULL: nothing against it. */
static void markers_look(vt_look *look, const vt_image *image)
{
    vt_markers m = vt_markers_read(image->data, image->bytes);
    look->orientation = m.orientation;
    look->progressive = m.progressive;
    if (m.precision > 0 && m.precision != 8) {
        drop(look, VT_STEP_DECODE, "");
        (void)snprintf(look->reason, sizeof look->reason, "%d bits a sample", m.precision);
    } else if ((int64_t)m.height * m.width > VT_IMAGE_PIXELS_MAX) {
        drop(look, VT_STEP_DECODE, vt_skip_text(VT_SKIP_LARGE));
    } else if (m.components == 4) {
        drop(look, VT_STEP_DECODE, "CMYK");
    }
}

/* Decodes into looker->pixels, or borrows what is raw. VT_ERR_FORMAT: it does not decode. */
static vt_status pixels_find(unsigned char **pixels, vt_looker *l, const vt_image *image,
                             vt_error *err)
{
    isize bytes = (isize)image->height * image->width * image->channels;
    vt_status status = vt_buffer_reserve(&l->pixels, bytes, err);
    if (status != VT_OK) return status;
    *pixels = l->pixels.data;
    if (image->jpeg) return vt_jpeg_decode(*pixels, l->jpeg, image, err);
    memcpy(*pixels, image->data, (size_t)bytes);
    return VT_OK;
}

/* Turns *pixels, and the sides of image, upright. */
static vt_status upright_find(unsigned char **pixels, vt_looker *l, vt_image *image,
                              int orientation, vt_error *err)
{
    if (orientation == 1) return VT_OK;
    isize bytes = (isize)image->height * image->width * image->channels;
    vt_status status = vt_buffer_reserve(&l->upright, bytes, err);
    if (status != VT_OK) return status;
    vt_upright_copy(l->upright.data, *pixels, image->height, image->width, image->channels,
                    orientation);
    *pixels = l->upright.data;
    if (orientation >= 5) {
        int height = image->height;
        image->height = image->width;
        image->width = height;
    }
    return VT_OK;
}

vt_status vt_look_hash(vt_phash *hash, vt_looker *l, const vt_image *image, vt_error *err)
{
    unsigned char *pixels = NULL;
    vt_status status = pixels_find(&pixels, l, image, err);
    if (status != VT_OK) return status;
    return vt_phash_of(hash, l->phasher, pixels, image->height, image->width, image->channels, err);
}

static vt_status decode_look(vt_look *look, vt_looker *l, vt_image *image, vt_error *err)
{
    vt_error why;
    unsigned char *pixels = NULL;
    if (image->jpeg) {
        markers_look(look, image);
        if (look->dropped != VT_STEP_COUNT) return VT_OK;
        vt_skip skip = vt_jpeg_measure(image, l->jpeg, &why);
        if (skip != VT_SKIP_NONE) drop(look, VT_STEP_DECODE, vt_skip_text(skip));
        if (skip != VT_SKIP_NONE) return VT_OK;
    }
    vt_status status = pixels_find(&pixels, l, image, &why);
    if (status == VT_ERR_FORMAT) drop(look, VT_STEP_DECODE, vt_skip_text(VT_SKIP_DAMAGED));
    if (status == VT_ERR_FORMAT) return VT_OK;
    if (status != VT_OK) *err = why;
    if (status == VT_OK) status = upright_find(&pixels, l, image, look->orientation, err);
    if (status != VT_OK) return status;
    return vt_phash_of(&look->hash, l->phasher, pixels, image->height, image->width,
                       image->channels, err);
}

/* ---- columns ---- */

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hex digits of any case into id; 0: they are none. */
static int id_read(unsigned char id[VT_LOOK_ID], const char *text)
{
    for (int i = 0; i < 2 * VT_LOOK_ID; i++) {
        int value = nibble((char)tolower((unsigned char)text[i]));
        if (value < 0) return 0;
        id[i / 2] = (unsigned char)(i % 2 ? id[i / 2] | value : value << 4);
    }
    return 1;
}

static void uid_look(vt_look *look, const vt_item *item)
{
    char text[TEXT_BYTES];
    if (vt_columns_text(&item->columns, "uid", text, TEXT_BYTES) != VT_COLUMN_FOUND)
        (void)snprintf(text, sizeof text, "%s", item->key);
    memset(look->uid, 0, sizeof look->uid);
    if (strlen(text) == 2 * (size_t)VT_LOOK_ID && id_read(look->uid, text)) return;
    memset(look->uid, 0, sizeof look->uid);
    memcpy(look->uid, text, strnlen(text, VT_LOOK_ID));
}

static double real_of(const vt_columns *columns, const char *name)
{
    double value = 0;
    if (!name || vt_columns_real(columns, name, &value) != VT_COLUMN_FOUND) return (double)NAN;
    return value;
}

static vt_status hash_look(vt_look *look, const vt_curate_options *o, const vt_item *item,
                           vt_error *err)
{
    char got[VT_SHA256_HEX], want[TEXT_BYTES];
    vt_status status = vt_sha256_of(item->image.data, item->image.bytes, got, err);
    if (status != VT_OK) return status;
    (void)id_read(look->sha256, got);
    vt_column_found found = vt_columns_text(&item->columns, "sha256", want, TEXT_BYTES);
    if (o->skip[VT_STEP_VERIFY] || found == VT_COLUMN_ABSENT) return VT_OK;
    look->declared = 1;
    for (char *c = want; *c; c++) *c = (char)tolower((unsigned char)*c);
    if (strcmp(got, want) != 0) drop(look, VT_STEP_VERIFY, "other bytes than declared");
    return VT_OK;
}

/* Boxes are shares of the sides, or, where one is beyond 1.5, pixels of the original's. */
static vt_column_found boxes_of(const vt_curate_options *o, const vt_item *item,
                                vt_columns_box boxes[VT_COLUMNS_BOXES_MAX], isize *count)
{
    double width = real_of(&item->columns, "original_width");
    double height = real_of(&item->columns, "original_height");
    *count = 0;
    if (!item->columns.json) return VT_COLUMN_ABSENT;
    vt_column_found found = vt_columns_boxes(&item->columns, o->boxes_column, boxes, count);
    double most = 0, least = 0;
    for (isize i = 0; i < *count; i++) {
        most = fmax(most, fmax(boxes[i].right, boxes[i].bottom));
        least = fmin(least, fmin(boxes[i].left, boxes[i].top));
    }
    if (found != VT_COLUMN_FOUND || (most <= 1.5 && least >= -0.5)) return found;
    if (!(width >= 1 && height >= 1)) return VT_COLUMN_WRONG;
    for (isize i = 0; i < *count; i++) {
        vt_columns_box *b = boxes + i;
        *b = (vt_columns_box){b->left / width, b->top / height, b->right / width,
                              b->bottom / height};
    }
    return VT_COLUMN_FOUND;
}

vt_status vt_look_at(vt_look *look, vt_looker *l, const vt_curate_options *o, const vt_item *item,
                     vt_error *err)
{
    vt_columns_box boxes[VT_COLUMNS_BOXES_MAX];
    isize count = 0;
    *look = (vt_look){
        .dropped = VT_STEP_COUNT, .unsafe = (double)NAN, .score = (double)NAN, .orientation = 1};
    uid_look(look, item);
    if (item->skip != VT_SKIP_NONE) {
        drop(look, item->skip == VT_SKIP_DAMAGED ? VT_STEP_DECODE : VT_STEP_READ,
             vt_skip_text(item->skip));
        return VT_OK;
    }
    vt_status status = hash_look(look, o, item, err);
    if (status != VT_OK || look->dropped != VT_STEP_COUNT) return status;
    if (item->columns.json) {
        look->unsafe = real_of(&item->columns, o->unsafe_column);
        look->score = real_of(&item->columns, o->score_column);
        vt_column_found found = boxes_of(o, item, boxes, &count);
        look->boxes_wrong = found == VT_COLUMN_WRONG;
        look->boxes_told = found != VT_COLUMN_ABSENT;
        look->faces = count > 0;
    }
    vt_image image = item->image;
    return decode_look(look, l, &image, err);
}

/* ---- images made ready ---- */

/* Boxes were drawn on the image as it is shown, or as it is stored: one does not know, so a turned
 * image is blurred in both. */
static void faces_blur(unsigned char *pixels, const vt_image *image, const vt_columns_box *boxes,
                       isize count)
{
    for (isize i = 0; i < count; i++) {
        vt_face face = vt_face_of(boxes[i].left, boxes[i].top, boxes[i].right, boxes[i].bottom,
                                  image->height, image->width);
        vt_face_blur(pixels, image->height, image->width, image->channels, &face);
    }
}

/* Upright pixels with blurred faces; *changed: not those that came. */
static vt_status picture_find(unsigned char **pixels, vt_image *image, int *changed, vt_looker *l,
                              const vt_columns_box *boxes, isize count, vt_error *err)
{
    int orientation = 1;
    if (image->jpeg) orientation = vt_markers_read(image->data, image->bytes).orientation;
    if (image->jpeg && vt_jpeg_measure(image, l->jpeg, err) != VT_SKIP_NONE) return VT_ERR_FORMAT;
    vt_status status = pixels_find(pixels, l, image, err);
    if (status != VT_OK) return status;
    *changed = orientation != 1 || count > 0;
    if (orientation != 1) faces_blur(*pixels, image, boxes, count);
    status = upright_find(pixels, l, image, orientation, err);
    if (status == VT_OK) faces_blur(*pixels, image, boxes, count);
    return status;
}

vt_status vt_look_prepare(vt_image *image, vt_pixels *sums, vt_buffer *out, vt_looker *l,
                          const vt_curate_options *o, const vt_item *item, int blur, vt_error *err)
{
    vt_columns_box boxes[VT_COLUMNS_BOXES_MAX];
    isize count = 0;
    int changed = 0;
    unsigned char *pixels = NULL;
    *image = item->image;
    *sums = (vt_pixels){0};
    if (blur && boxes_of(o, item, boxes, &count) == VT_COLUMN_WRONG)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: its boxes cannot be read", item->name);
    vt_status status = picture_find(&pixels, image, &changed, l, boxes, count, err);
    if (status == VT_OK && changed && image->jpeg) {
        status = vt_jpeg_write(out, &image->bytes, pixels, image->height, image->width,
                               image->channels, QUALITY, err);
        image->data = out->data;
        if (status == VT_OK) status = pixels_find(&pixels, l, image, err); /* as it will be read */
    } else if (status == VT_OK && changed) {
        status = vt_buffer_reserve(out, image->bytes, err);
        if (status == VT_OK) memcpy(out->data, pixels, (size_t)image->bytes);
        image->data = out->data;
    }
    if (status == VT_OK)
        vt_pixels_put(sums, pixels, (isize)image->height * image->width, image->channels);
    return status;
}

static vt_status shrink(unsigned char *to, int rows, int columns, vt_looker *l,
                        const unsigned char *pixels, const vt_image *image, vt_error *err)
{
    isize count = (isize)rows * columns;
    vt_resize_job job = {.pixels = pixels,
                         .row_bytes = (isize)image->width * image->channels,
                         .channels = image->channels,
                         .rows = vt_span_whole(0, image->height, rows),
                         .columns = vt_span_whole(0, image->width, columns)};
    vt_status status =
        vt_buffer_reserve(&l->planes, count * image->channels * (isize)sizeof(vt_real), err);
    if (status == VT_OK) status = vt_resizer_run(l->planes.data, l->resizer, &job, err);
    if (status != VT_OK) return status;
    const vt_real *planes = l->planes.data;
    for (isize i = 0; i < count; i++)
        for (int c = 0; c < image->channels; c++)
            to[i * image->channels + c] = (unsigned char)lround((double)planes[c * count + i]);
    return VT_OK;
}

vt_status vt_look_thumbnail(vt_buffer *out, isize *bytes, vt_looker *l, const vt_curate_options *o,
                            const vt_item *item, int coarse, vt_error *err)
{
    vt_columns_box boxes[VT_COLUMNS_BOXES_MAX];
    unsigned char small[3 * THUMB_SIDE * THUMB_SIDE], *pixels = NULL;
    isize count = 0;
    int changed = 0;
    vt_image image = item->image;
    *bytes = 0;
    if (boxes_of(o, item, boxes, &count) == VT_COLUMN_WRONG) return VT_OK;
    vt_status status = picture_find(&pixels, &image, &changed, l, boxes, count, err);
    if (status != VT_OK) return status;
    int side = coarse ? COARSE_SIDE : THUMB_SIDE;
    double scale =
        fmin(1, (double)side / (double)(image.height > image.width ? image.height : image.width));
    int rows = (int)fmax(1, floor(scale * image.height));
    int columns = (int)fmax(1, floor(scale * image.width));
    status = shrink(small, rows, columns, l, pixels, &image, err);
    if (status != VT_OK) return status;
    return vt_jpeg_write(out, bytes, small, rows, columns, image.channels, THUMB_QUALITY, err);
}
