/* The optimiser's step: sum of the sums, clip, exemptions, refusal of what is not finite. */
#include "check.h"
#include "core_fixture.h"
#include "optim/adamw.h"
#include <math.h>
#include <string.h>

enum { SUMS = 4, BIG = 40000, SMALL = 37, PARAMS = 3, ROOM = BIG + 2 * 48 };

/* A large matrix of several pieces, a norm's weight and a bias. */
typedef struct {
    vt_arena arena;
    vt_param_info info[PARAMS];
    vt_params params;
    vt_optim optim;
    vt_real *sums[SUMS];
} bench;

static void carve(bench *b)
{
    b->params = (vt_params){.info = b->info};
    (void)vt_param_matrix(&b->params, BIG / 100, 100, VT_INIT_XAVIER, "mlp.weight");
    (void)vt_param_vector(&b->params, SMALL, VT_INIT_ONE, "norm.weight");
    (void)vt_param_vector(&b->params, SMALL, VT_INIT_ZERO, "proj.bias");
    isize size = b->params.size;
    b->optim.value = VT_TAKE(&b->arena, vt_real, size);
    b->optim.m = VT_TAKE(&b->arena, vt_real, size);
    b->optim.v = VT_TAKE(&b->arena, vt_real, size);
    for (int s = 0; s < SUMS; s++) b->sums[s] = VT_TAKE(&b->arena, vt_real, size);
    vt_optim_plan(&b->optim, b->info, b->params.count, &b->arena);
}

static void bench_open(bench *b)
{
    vt_error err = {0};
    *b = (bench){0};
    vt_kernels_setup();
    carve(b);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b);
    b->optim.sums = b->sums;
    b->optim.sum_count = SUMS;
    core_fill(b->optim.value, b->params.size, 1);
}

static void fill_sums(bench *b, uint64_t seed)
{
    for (int s = 0; s < SUMS; s++) core_fill(b->sums[s], b->params.size, seed * SUMS + (uint64_t)s);
}

static vt_optim_step_options options_at(int64_t step)
{
    /* eps of the clipped gradients' own size, or rounding would decide about the smallest. */
    return (vt_optim_step_options){.lr = 1e-2,
                                   .beta1 = 0.9,
                                   .beta2 = 0.95,
                                   .eps = 1e-3,
                                   .weight_decay = 0.1,
                                   .clip_norm = 1,
                                   .step = step};
}

static void pieces_cover_every_parameter_once(void)
{
    bench b;
    static unsigned char seen[ROOM];
    bench_open(&b);
    memset(seen, 0, sizeof seen);
    CU_ASSERT(b.optim.piece_count > PARAMS); /* the large one is cut */
    for (isize i = 0; i < b.optim.piece_count; i++) {
        vt_piece piece = b.optim.pieces[i];
        for (isize k = 0; k < piece.count; k++) seen[piece.offset + k]++;
        CU_ASSERT_EQUAL(piece.decay, piece.offset < BIG);
    }
    for (isize p = 0; p < PARAMS; p++)
        for (isize i = 0; i < b.info[p].rows * b.info[p].cols; i++)
            CU_ASSERT_EQUAL(seen[b.info[p].offset + i], 1);
    vt_arena_close(&b.arena);
}

static double want[ROOM], m[ROOM], v[ROOM], g[ROOM];

static void clip_numbers(double *numbers, isize count, double squares, double clip)
{
    double norm = sqrt(squares);
    for (isize i = 0; clip > 0 && norm > clip && i < count; i++) numbers[i] *= clip / (norm + 1e-6);
}

/* One step in double precision, from the same gradients; padding has gradient 0, as it has
 * none that counts. Returns the norm. */
static double plain_step(const bench *b, const vt_optim_step_options *o)
{
    double all = 0, t = (double)o->step;
    memset(g, 0, sizeof g);
    for (isize p = 0; p < PARAMS; p++) {
        double squares = 0;
        isize first = b->info[p].offset, count = b->info[p].rows * b->info[p].cols;
        for (isize i = first; i < first + count; i++) {
            for (int s = 0; s < SUMS; s++) g[i] += (double)b->sums[s][i];
            squares += g[i] * g[i];
        }
        if (o->clip_each) clip_numbers(g + first, count, squares, o->clip_norm);
        all += squares;
    }
    if (!o->clip_each) clip_numbers(g, b->params.size, all, o->clip_norm);
    for (isize i = 0; i < b->params.size; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
        if (i < BIG) want[i] *= 1 - 1e-2 * 0.1;
        want[i] -= 1e-2 * (m[i] / (1 - pow(0.9, t))) / (sqrt(v[i] / (1 - pow(0.95, t))) + 1e-3);
    }
    return sqrt(all);
}

static void steps_follow_the_plain_form(void)
{
    bench b;
    bench_open(&b);
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
    for (isize i = 0; i < b.params.size; i++) want[i] = (double)b.optim.value[i];
    for (int64_t t = 1; t <= 6; t++) {
        vt_optim_step_options o = options_at(t);
        if (t == 3) o.clip_norm = 0;
        if (t == 4) o.clip_norm = 1e6; /* above the norm: nothing to clip */
        if (t >= 5) o.clip_each = 1;
        if (t == 6) o.clip_norm = 15; /* between the norms of the small ones and the large one's */
        fill_sums(&b, (uint64_t)t);
        double worst = 0, norm = plain_step(&b, &o);
        check_near("norm", vt_optim_step(&b.optim, NULL, &o) / norm, 1, core_bound(1e-6, 1e-13));
        for (isize p = 0; p < PARAMS; p++)
            for (isize k = 0; k < b.info[p].rows * b.info[p].cols; k++) {
                isize i = b.info[p].offset + k;
                double gap = fabs((double)b.optim.value[i] - want[i]);
                if (!(gap <= worst)) worst = gap;
            }
        check_near("values", worst, 0, core_bound(2e-6, 1e-12));
    }
    vt_arena_close(&b.arena);
}

static void decay_spares_norms_and_biases(void)
{
    bench b;
    bench_open(&b);
    for (int s = 0; s < SUMS; s++) memset(b.sums[s], 0, (size_t)b.params.size * sizeof(vt_real));
    vt_real kept[SMALL], first = b.optim.value[0], last = b.optim.value[BIG - 1];
    memcpy(kept, b.optim.value + b.info[1].offset, sizeof kept);
    vt_optim_step_options o = options_at(1);
    CU_ASSERT_EQUAL(vt_optim_step(&b.optim, NULL, &o), 0);
    CU_ASSERT(core_same(kept, b.optim.value + b.info[1].offset, SMALL));
    check_near("first weight", (double)b.optim.value[0] / (double)first, 1 - 1e-3, 1e-6);
    check_near("last weight", (double)b.optim.value[BIG - 1] / (double)last, 1 - 1e-3, 1e-6);
    vt_arena_close(&b.arena);
}

static void what_is_not_finite_leaves_everything_alone(void)
{
    static const vt_real odd[] = {(vt_real)NAN, (vt_real)INFINITY, (vt_real)-INFINITY};
    bench b, kept;
    bench_open(&b);
    bench_open(&kept);
    isize size = b.params.size;
    for (int64_t t = 1; t <= 2; t++) { /* moments that are not zero */
        vt_optim_step_options o = options_at(t);
        fill_sums(&b, (uint64_t)t);
        fill_sums(&kept, (uint64_t)t);
        (void)vt_optim_step(&b.optim, NULL, &o);
        (void)vt_optim_step(&kept.optim, NULL, &o);
    }
    for (int s = 0; s < SUMS; s++) {
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
            isize at = s == 0 ? 0 : s == 1 ? BIG - 1 : b.info[2].offset + SMALL - 1;
            vt_optim_step_options o = options_at(3);
            if (s == 2) o.clip_norm = 0;
            fill_sums(&b, 3);
            b.sums[s][at] = odd[k];
            CU_ASSERT(!isfinite(vt_optim_step(&b.optim, NULL, &o)));
            CU_ASSERT(core_same(b.optim.value, kept.optim.value, size));
            CU_ASSERT(core_same(b.optim.m, kept.optim.m, size));
            CU_ASSERT(core_same(b.optim.v, kept.optim.v, size));
        }
    }
    vt_arena_close(&b.arena);
    vt_arena_close(&kept.arena);
}

static void any_number_of_workers_gives_the_same_bits(void)
{
    static const int workers[] = {1, 2, 3, 8};
    static vt_real first[ROOM];
    double norms[4];
    for (int w = 0; w < 4; w++) {
        bench b;
        vt_pool *pool = NULL;
        vt_error err = {0};
        bench_open(&b);
        CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers[w], &err), VT_OK);
        for (int64_t t = 1; t <= 3; t++) {
            vt_optim_step_options o = options_at(t);
            fill_sums(&b, (uint64_t)t);
            norms[w] = vt_optim_step(&b.optim, pool, &o);
        }
        if (w == 0) memcpy(first, b.optim.value, (size_t)b.params.size * sizeof *first);
        CU_ASSERT(core_same(first, b.optim.value, b.params.size));
        CU_ASSERT_EQUAL(norms[w], norms[0]);
        vt_pool_close(&pool);
        vt_arena_close(&b.arena);
    }
}

/* Of 40000 sums of four numbers, many round differently in any other order. */
static void sums_are_added_in_their_order(void)
{
    static vt_real first[BIG];
    bench b;
    bench_open(&b);
    fill_sums(&b, 1);
    memcpy(first, b.sums[0], sizeof first); /* which takes up the others */
    vt_optim_step_options o = options_at(1);
    (void)vt_optim_step(&b.optim, NULL, &o);
    isize wrong = 0, other = 0;
    for (isize i = 0; i < BIG; i++) {
        vt_real a = first[i], c = b.sums[1][i], d = b.sums[2][i], e = b.sums[3][i];
        wrong += b.sums[0][i] != ((a + c) + d) + e;
        other += ((a + c) + d) + e != ((a + e) + d) + c;
    }
    CU_ASSERT(wrong == 0 && other > 100);
    vt_arena_close(&b.arena);
}

/* The copy in bf16 follows the values, which are what they are without it. */
static void a_copy_in_bf16_follows_the_values(void)
{
    static vt_bf16 half[ROOM];
    bench b, plain;
    bench_open(&b);
    bench_open(&plain);
    b.optim.half = half;
    for (int i = 0; i < ROOM; i++) half[i] = 7;
    for (int64_t t = 1; t <= 2; t++) {
        vt_optim_step_options o = options_at(t);
        fill_sums(&b, (uint64_t)t);
        fill_sums(&plain, (uint64_t)t);
        (void)vt_optim_step(&b.optim, NULL, &o);
        (void)vt_optim_step(&plain.optim, NULL, &o);
        isize wrong = 0, rounded = 0, end = 0;
        for (isize p = 0; p < PARAMS; p++) {
            isize from = b.info[p].offset, to = from + b.info[p].rows * b.info[p].cols;
            for (isize i = end; i < from; i++) CU_ASSERT_EQUAL(half[i], 7); /* padding */
            for (isize i = from; i < to; i++) {
                double value = (double)b.optim.value[i], near = core_bf16(value);
                wrong += core_wide(half[i]) != near;
                rounded += near != value;
            }
            end = to;
        }
        CU_ASSERT(wrong == 0 && rounded > BIG / 2);
        CU_ASSERT(core_same(b.optim.value, plain.optim.value, b.params.size));
    }
    vt_arena_close(&b.arena);
    vt_arena_close(&plain.arena);
}

SUITE(adamw, {"pieces cover every parameter once", pieces_cover_every_parameter_once},
      {"steps follow the plain form", steps_follow_the_plain_form},
      {"decay spares norms and biases", decay_spares_norms_and_biases},
      {"what is not finite leaves everything alone", what_is_not_finite_leaves_everything_alone},
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"sums are added in their order", sums_are_added_in_their_order},
      {"a copy in bf16 follows the values", a_copy_in_bf16_follows_the_values})
