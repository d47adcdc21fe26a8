/* Operations on views, against torchvision's formulas in their plainest form, pixel by pixel in
 * double precision, on sizes that fill no vector; and lists of them. */
#include "check.h"
#include "data/augment.h"
#include "data/planes.h"
#include <math.h>
#include <string.h>

enum { PX_MAX = 67, ROOM = 3 * PX_MAX * PX_MAX, SPARE = 4 * PX_MAX * PX_MAX };
static vt_real planes[ROOM], given[ROOM], other[ROOM], spare[SPARE];
static const isize sides[] = {1, 2, 3, 5, 8, 17, 31, 67};
enum { SIDES = sizeof sides / sizeof *sides };

/* Pixels with flat parts, so that greys and pure colours are among them. */
static void draw(isize count, uint64_t seed)
{
    vt_rng rng = vt_rng_at(seed, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < count; i++) {
        double u = vt_rng_unit(&rng);
        given[i] = (vt_real)(u < 0.1 ? 0 : u > 0.9 ? 255 : 255 * vt_rng_unit(&rng));
    }
    memcpy(planes, given, (size_t)count * sizeof *planes);
}

static double clamped(double x)
{
    return fmin(fmax(x, 0), 255);
}

static double luma(isize pixels, isize i)
{
    return 0.299 * (double)given[i] + 0.587 * (double)given[pixels + i] +
           0.114 * (double)given[2 * pixels + i];
}

typedef double reference(int channels, isize pixels, int c, isize i, double by);

static double plain_brightness(int channels, isize pixels, int c, isize i, double by)
{
    (void)channels;
    return clamped(by * (double)given[c * pixels + i]);
}

static double plain_contrast(int channels, isize pixels, int c, isize i, double by)
{
    double mean = 0;
    for (isize k = 0; k < pixels; k++) mean += channels == 3 ? luma(pixels, k) : (double)given[k];
    return clamped(by * (double)given[c * pixels + i] + (1 - by) * mean / (double)pixels);
}

static double plain_saturation(int channels, isize pixels, int c, isize i, double by)
{
    double x = (double)given[c * pixels + i];
    return channels == 3 ? clamped(by * x + (1 - by) * luma(pixels, i)) : x;
}

/* The hexagon with its six cases, as Python's colorsys has it. */
static double plain_hue(int channels, isize pixels, int c, isize i, double by)
{
    if (channels != 3) return (double)given[i];
    double r = (double)given[i] / 255, g = (double)given[pixels + i] / 255;
    double b = (double)given[2 * pixels + i] / 255, v = fmax(r, fmax(g, b));
    double least = fmin(r, fmin(g, b)), h = 0, s = v > least ? (v - least) / v : 0;
    if (s == 0) return 255 * v;
    double rc = (v - r) / (v - least), gc = (v - g) / (v - least), bc = (v - b) / (v - least);
    if (r == v)
        h = bc - gc;
    else if (g == v)
        h = 2 + rc - bc;
    else
        h = 4 + gc - rc;
    h = h / 6 + by;
    h -= floor(h);
    int sector = (int)floor(6 * h);
    double f = 6 * h - sector, p = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
    const double cases[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
    return 255 * cases[sector % 6][c];
}

static double plain_grey(int channels, isize pixels, int c, isize i, double by)
{
    (void)by;
    return channels == 3 ? luma(pixels, i) : (double)given[c * pixels + i];
}

static double plain_solarize(int channels, isize pixels, int c, isize i, double by)
{
    (void)channels;
    double x = (double)given[c * pixels + i];
    return x >= 255 * by ? 255 - x : x;
}

static void run(reference *which, int channels, isize pixels, double by)
{
    if (which == plain_brightness) vt_op_brightness(planes, channels, pixels, by);
    if (which == plain_contrast) vt_op_contrast(planes, channels, pixels, by, spare);
    if (which == plain_saturation) vt_op_saturation(planes, channels, pixels, by, spare);
    if (which == plain_hue) vt_op_hue(planes, channels, pixels, by);
    if (which == plain_grey) vt_op_grey(planes, channels, pixels);
    if (which == plain_solarize) vt_op_solarize(planes, channels, pixels, by);
}

static void follows(reference *which, const char *name, const double *amounts, int count)
{
    double worst = 0;
    for (int s = 0; s < SIDES; s++)
        for (int channels = 1; channels <= 3; channels += 2)
            for (int a = 0; a < count; a++) {
                isize pixels = sides[s] * sides[s];
                draw(channels * pixels, (uint64_t)(10 * s + a));
                run(which, channels, pixels, amounts[a]);
                for (int c = 0; c < channels; c++)
                    for (isize i = 0; i < pixels; i++) {
                        double want = which(channels, pixels, c, i, amounts[a]);
                        worst = fmax(worst, fabs((double)planes[c * pixels + i] - want));
                    }
            }
    check_near(name, worst, 0, 2e-3);
}

static void operations_follow_their_formulas(void)
{
    static const double factors[] = {0, 0.6, 1, 1.4, 2}, turns[] = {-0.5, -0.1, 0, 0.07, 0.1, 0.5};
    static const double thresholds[] = {0, 0.5, 128 / 255.0, 1};
    follows(plain_brightness, "brightness", factors, 5);
    follows(plain_contrast, "contrast", factors, 5);
    follows(plain_saturation, "saturation", factors, 5);
    follows(plain_hue, "hue", turns, 6);
    follows(plain_grey, "grey", factors, 1);
    follows(plain_solarize, "solarize", thresholds, 4);
}

static double blurred(const vt_real *plane, isize px, isize y, isize x, double sigma)
{
    isize reach = vt_min((isize)ceil(3 * sigma), px - 1);
    double sum = 0, weights = 0;
    for (isize v = -reach; v <= reach; v++)
        for (isize u = -reach; u <= reach; u++) {
            double weight = exp(-(double)(u * u + v * v) / (2 * sigma * sigma));
            isize row = y + v < 0 ? -(y + v) : y + v, column = x + u < 0 ? -(x + u) : x + u;
            if (row >= px) row = 2 * px - 2 - row;
            if (column >= px) column = 2 * px - 2 - column;
            sum += weight * (double)plane[row * px + column];
            weights += weight;
        }
    return sum / weights;
}

static void blur_follows_its_definition(void)
{
    static const double sigmas[] = {0.1, 0.7, 1.6};
    double worst = 0;
    for (int s = 0; s < SIDES - 1; s++)
        for (int i = 0; i < 3; i++) {
            isize px = sides[s];
            CU_ASSERT(vt_op_blur_spare(px, sigmas[i]) <= SPARE);
            draw(3 * px * px, (uint64_t)s);
            vt_op_blur(planes, 3, px, sigmas[i], spare);
            for (isize c = 0; c < 3; c++)
                for (isize y = 0; y < px; y++)
                    for (isize x = 0; x < px; x++) {
                        double want = blurred(given + c * px * px, px, y, x, sigmas[i]);
                        double got = (double)planes[(c * px + y) * px + x];
                        worst = fmax(worst, fabs(got - want));
                    }
        }
    check_near("largest error of a blurred pixel", worst, 0, 2e-3);
}

/* By hand, from torchvision's definitions. */
static void worked_examples(void)
{
    static const vt_real two[6] = {200, 0,  100,
                                   100, 50, 200}; /* pixels (200,100,50), (0,100,200) */
    memcpy(planes, two, sizeof two);
    vt_op_brightness(planes, 3, 2, 1.5);
    CU_ASSERT(planes[0] == 255 && planes[1] == 0 && planes[2] == 150 && planes[4] == 75);
    memcpy(planes, two, sizeof two);
    vt_op_saturation(planes, 3, 2, 0.5, spare); /* luma 59.8 + 58.7 + 5.7 = 124.2 */
    check_near("half as saturated, red", (double)planes[0], 162.1, 1e-4);
    check_near("half as saturated, blue", (double)planes[4], 87.1, 1e-4);
    memcpy(planes, two, sizeof two);
    vt_op_contrast(planes, 3, 2, 0.5, spare); /* lumas 124.2 and 58.7 + 22.8 = 81.5: mean 102.85 */
    check_near("half the contrast", (double)planes[0], 151.425, 1e-4);
    check_near("half the contrast of black", (double)planes[1], 51.425, 1e-4);
    static const vt_real red[3] = {200, 20, 20};
    memcpy(planes, red, sizeof red);
    vt_op_hue(planes, 3, 1, 1.0 / 3); /* red becomes green */
    check_near("red of red turned", (double)planes[0], 20, 1e-3);
    check_near("green of red turned", (double)planes[1], 200, 1e-3);
    memcpy(planes, red, sizeof red);
    vt_op_hue(planes, 3, 1, -1.0 / 12); /* half of the way from red to magenta: h = 11/12 */
    check_near("blue of red turned back", (double)planes[2], 110, 1e-3);
    static const vt_real dot[9] = {0, 0, 0, 0, 90, 0, 0, 0, 0};
    memcpy(planes, dot, sizeof dot);
    vt_op_blur(planes, 1, 3, 1.0 / 3, spare); /* weights 1 and e^-4.5 on either side */
    double side = exp(-4.5), all = 1 + 2 * side;
    check_near("middle of a blurred dot", (double)planes[4], 90 / (all * all), 1e-4);
    check_near("beside it, mirrored twice", (double)planes[1], 90 * 2 * side / (all * all), 1e-4);
}

static void every_table_gives_the_same_bits(void)
{
    enum { PX = 37, N = PX * PX };
    static const vt_real weight[5] = {(vt_real)0.1, (vt_real)0.2, (vt_real)0.4, (vt_real)0.2,
                                      (vt_real)0.1};
    static vt_real first[ROOM];
    double first_sum = 0;
    for (int isa = 0; isa <= (int)vt_isa_best(); isa++) {
        const vt_planes *now = VT_ISA_TABLE(vt_planes, isa);
        draw(3 * N, 5);
        now->turn_hue(planes, N, (vt_real)0.07);
        now->line(planes, N, (vt_real)1.3, (vt_real)-7.7);
        now->blend(planes + N, planes + 2 * N, N, (vt_real)0.7);
        now->solarize(planes + 2 * N, N, (vt_real)128.3);
        now->luma(other, planes, N);
        now->filter(planes, other, N - 4 * PX, weight, 5, PX);
        double sum = now->sum(planes, 3 * N - 5);
        if (isa == 0) {
            first_sum = sum;
            memcpy(first, planes, sizeof first);
        }
        CU_ASSERT_EQUAL(memcmp(first, planes, sizeof first), 0);
        CU_ASSERT(sum == first_sum);
    }
}

/* ---- lists ---- */

static const vt_ops dino = {.op = {{VT_OP_JITTER, 0.8, {0.4, 0.4, 0.2, 0.1}},
                                   {VT_OP_GREY, 0.2, {0}},
                                   {VT_OP_BLUR, 0.5, {0.1, 2}},
                                   {VT_OP_SOLARIZE, 0.2, {0.5}}},
                            .count = 4};

static void apply(const vt_ops *ops, int channels, isize px, uint64_t index, vt_buffer *room)
{
    vt_error err = {{0}};
    vt_rng rng = vt_rng_at(3, VT_RNG_AUGMENT, 0, index);
    memcpy(planes, given, (size_t)(channels * px * px) * sizeof *planes);
    CU_ASSERT_EQUAL(vt_ops_run(planes, channels, px, ops, &rng, room, &err), VT_OK);
}

static void a_list_is_a_function_of_its_stream(void)
{
    enum { PX = 19, N = 3 * PX * PX };
    vt_buffer room = {0};
    isize same = 0, unchanged = 0;
    draw(N, 8);
    apply(&dino, 3, PX, 11, &room);
    memcpy(other, planes, N * sizeof *other);
    for (uint64_t index = 0; index < 40; index++) {
        apply(&dino, 3, PX, index, &room);
        int equal = memcmp(other, planes, N * sizeof *other) == 0;
        CU_ASSERT(index != 11 || equal);
        same += equal;
        unchanged += memcmp(given, planes, N * sizeof *other) == 0;
        for (isize i = 0; i < N; i++)
            if (!(planes[i] >= 0 && planes[i] <= 255)) {
                check_near("augmented pixel", (double)planes[i], 127.5, 127.5);
                break;
            }
    }
    CU_ASSERT(same < 10 && unchanged < 15);
    vt_buffer_finish(&room);
}

static void each_operation_happens_as_often_as_it_says(void)
{
    enum { PX = 4, N = 3 * PX * PX, DRAWS = 2000 };
    vt_buffer room = {0};
    draw(N, 9);
    for (int i = 0; i < dino.count; i++) {
        vt_ops one = {.op = {dino.op[i]}, .count = 1};
        isize changed = 0;
        for (uint64_t index = 0; index < DRAWS; index++) {
            apply(&one, 3, PX, index, &room);
            changed += memcmp(given, planes, N * sizeof *planes) != 0;
        }
        double p = one.op[0].probability, spread = 5 * sqrt(p * (1 - p) / DRAWS);
        check_near("share of images that an operation changed", (double)changed / DRAWS, p, spread);
    }
    vt_buffer_finish(&room);
}

/* One pixel of value 100: brightness alone shows the factor that was drawn. */
static void jitter_draws_factors_between_its_bounds(void)
{
    enum { DRAWS = 1000 };
    vt_buffer room = {0};
    vt_ops bright = {.op = {{VT_OP_JITTER, 1, {0.4, 0, 0, 0}}}, .count = 1};
    double least = 9, most = 0, mean = 0;
    given[0] = 100;
    for (uint64_t index = 0; index < DRAWS; index++) {
        apply(&bright, 1, 1, index, &room);
        double factor = (double)planes[0] / 100;
        least = fmin(least, factor);
        most = fmax(most, factor);
        mean += factor / DRAWS;
    }
    CU_ASSERT(least >= 0.5999 && least < 0.62 && most <= 1.4001 && most > 1.38);
    check_near("mean factor", mean, 1, 5 * 0.4 / sqrt(3.0 * DRAWS));
    vt_buffer_finish(&room);
}

/* Contrast and then brightness keep three values on a line while the result is within bounds; the
 * other way round the brightest may have been clamped before. */
static void jitter_draws_the_order_of_its_parts(void)
{
    vt_buffer room = {0};
    vt_ops both = {.op = {{VT_OP_JITTER, 1, {0.9, 0.9, 0, 0}}}, .count = 1};
    isize straight = 0, bent = 0;
    given[0] = 250, given[1] = 100, given[2] = 10, given[3] = 10;
    for (uint64_t index = 0; index < 400; index++) {
        apply(&both, 1, 2, index, &room);
        double high = (double)planes[0], middle = (double)planes[1], low = (double)planes[2];
        if (high >= 255 || low <= 0) continue;
        int line = fabs((high - middle) * 90 - (middle - low) * 150) < 1;
        straight += line;
        bent += !line;
    }
    CU_ASSERT(straight > 50);
    CU_ASSERT(bent > 10);
    vt_buffer_finish(&room);
}

SUITE(augment, {"operations follow their formulas", operations_follow_their_formulas},
      {"blur follows its definition", blur_follows_its_definition},
      {"worked examples", worked_examples},
      {"every table gives the same bits", every_table_gives_the_same_bits},
      {"a list is a function of its stream", a_list_is_a_function_of_its_stream},
      {"each operation happens as often as it says", each_operation_happens_as_often_as_it_says},
      {"jitter draws factors between its bounds", jitter_draws_factors_between_its_bounds},
      {"jitter draws the order of its parts", jitter_draws_the_order_of_its_parts})
