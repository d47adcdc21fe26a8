#include "curate/faces.h"
#include <math.h>

enum { BLOCKS = 6 };
static const double GROWTH = 0.1;

static isize between(double value, isize most)
{
    return value <= 0 ? 0 : value >= (double)most ? most : (isize)value;
}

vt_face vt_face_of(double left, double top, double right, double bottom, int height, int width)
{
    double wide = GROWTH * (right - left), high = GROWTH * (bottom - top);
    return (vt_face){.left = between(floor((left - wide) * width), width),
                     .top = between(floor((top - high) * height), height),
                     .right = between(ceil((right + wide) * width), width),
                     .bottom = between(ceil((bottom + high) * height), height)};
}

typedef struct {
    unsigned char *pixels;
    isize width;
    int channels;
} picture;

static unsigned char *at(const picture *p, isize y, isize x)
{
    return p->pixels + (y * p->width + x) * p->channels;
}

static void block_fill(const picture *p, const vt_face *b)
{
    isize count = (b->right - b->left) * (b->bottom - b->top);
    for (int c = 0; c < p->channels; c++) {
        isize sum = 0;
        for (isize y = b->top; y < b->bottom; y++)
            for (isize x = b->left; x < b->right; x++) sum += at(p, y, x)[c];
        for (isize y = b->top; y < b->bottom; y++)
            for (isize x = b->left; x < b->right; x++)
                at(p, y, x)[c] = (unsigned char)((sum + count / 2) / count);
    }
}

/* Along one line of the box, in place: each value becomes the mean of those that follow it up to
 * reach away. The next line knows nothing of it. */
static void line_smooth(unsigned char *first, isize stride, isize length, isize reach)
{
    isize end = vt_min(reach, length), sum = 0;
    for (isize i = 0; i < end; i++) sum += first[i * stride];
    for (isize i = 0; i < length; i++) {
        unsigned char *here = first + i * stride;
        isize count = end - i, value = *here;
        *here = (unsigned char)((sum + count / 2) / count);
        sum -= value;
        if (end < length) sum += first[end++ * stride];
    }
}

void vt_face_blur(unsigned char *pixels, int height, int width, int channels, const vt_face *face)
{
    picture p = {.pixels = pixels, .width = width, .channels = channels};
    isize high = face->bottom - face->top, wide = face->right - face->left;
    VT_ASSERT(face->bottom <= height && face->right <= width);
    if (high < 1 || wide < 1) return;
    isize rows = vt_min(high, BLOCKS), columns = vt_min(wide, BLOCKS);
    /* A box of few pixels has as many blocks as pixels: it becomes one. */
    if (high <= BLOCKS) rows = 1;
    if (wide <= BLOCKS) columns = 1;
    for (isize r = 0; r < rows; r++)
        for (isize c = 0; c < columns; c++) {
            vt_face block = {.top = face->top + r * high / rows,
                             .bottom = face->top + (r + 1) * high / rows,
                             .left = face->left + c * wide / columns,
                             .right = face->left + (c + 1) * wide / columns};
            block_fill(&p, &block);
        }
    isize reach = vt_min(high / rows, wide / columns), row = (isize)width * channels;
    for (int c = 0; c < channels; c++) {
        for (isize y = face->top; y < face->bottom; y++)
            line_smooth(at(&p, y, face->left) + c, channels, wide, reach);
        for (isize x = face->left; x < face->right; x++)
            line_smooth(at(&p, face->top, x) + c, row, high, reach);
    }
}
