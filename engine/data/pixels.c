#include "data/pixels.h"
#include <math.h>

enum { RED = 299, GREEN = 587, BLUE = 114, LUMA_UNIT = RED + GREEN + BLUE };

static void put_grey(uint64_t sum[4], uint64_t squares[4], const unsigned char *pixels, isize count)
{
    uint64_t total = 0, total_squares = 0;
    for (isize i = 0; i < count; i++) {
        total += pixels[i];
        total_squares += (uint64_t)pixels[i] * pixels[i];
    }
    for (int c = 0; c < 4; c++) {
        uint64_t unit = c == VT_PIXELS_LUMA ? LUMA_UNIT : 1;
        sum[c] = total * unit;
        squares[c] = total_squares * unit * unit;
    }
}

static void put_colour(uint64_t sum[4], uint64_t squares[4], const unsigned char *pixels,
                       isize count)
{
    for (isize i = 0; i < count; i++, pixels += 3) {
        uint64_t value[4] = {pixels[0], pixels[1], pixels[2],
                             (uint64_t)(RED * pixels[0] + GREEN * pixels[1] + BLUE * pixels[2])};
        for (int c = 0; c < 4; c++) {
            sum[c] += value[c];
            squares[c] += value[c] * value[c];
        }
    }
}

void vt_pixels_put(vt_pixels *sums, const unsigned char *pixels, isize count, int channels)
{
    uint64_t sum[4] = {0}, squares[4] = {0}; /* 2^26 pixels of 255000^2 stay below 2^62 */
    if (channels == 1)
        put_grey(sum, squares, pixels, count);
    else
        put_colour(sum, squares, pixels, count);
    for (int c = 0; c < 4; c++) {
        sums->sum[c] += (double)sum[c];
        sums->squares[c] += (double)squares[c];
    }
    sums->count += (double)count;
}

void vt_pixels_add(vt_pixels *sums, const vt_pixels *more)
{
    for (int c = 0; c < 4; c++) {
        sums->sum[c] += more->sum[c];
        sums->squares[c] += more->squares[c];
    }
    sums->count += more->count;
}

vt_pixels_summary vt_pixels_summarise(const vt_pixels *sums)
{
    vt_pixels_summary out;
    for (int c = 0; c < 4; c++) {
        double most = c == VT_PIXELS_LUMA ? 255.0 * LUMA_UNIT : 255.0;
        double mean = sums->count > 0 ? sums->sum[c] / sums->count : 0;
        double variance = sums->count > 0 ? sums->squares[c] / sums->count - mean * mean : 0;
        out.mean[c] = mean / most;
        /* Below the rounding of the subtraction there is nothing to divide by. */
        out.std[c] = variance > mean * mean * 1e-12 && variance > 0 ? sqrt(variance) / most : 1;
    }
    return out;
}
