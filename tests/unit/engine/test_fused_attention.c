/* Attention of one head, by every table that this CPU runs, against the plain form in double
 * precision. What a head must not read (its neighbours in the buffer, keys that nobody sees, old
 * scratch) holds NaN, and what it must not write is compared byte for byte. */
#include "check.h"
#include "core_fixture.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 1 << 15, WORK = 1 << 17, KEYS = 1100, EDGE = 16 };

/* Inputs and outputs of one call. at_q, at_out: where the head begins in its buffers. */
typedef struct {
    vt_attention a;
    isize at_q, at_out;
} layout;

static vt_real qkv[ROOM], dqkv[ROOM], out[ROOM], dout[ROOM], lse[ROOM], kept[ROOM];
static _Alignas(64) vt_real work[WORK];
static double want_dqkv[ROOM], want_out[ROOM], want_lse[ROOM], share[KEYS], dshare[KEYS];

/* Two heads of d, of which the second is used, and a few numbers that belong to nobody. */
static layout layout_of(isize T, isize d, isize prefix, isize from, isize to)
{
    vt_attention a = {T, d, 6 * d + 5, 2 * d + 3, from, to, prefix, 0};
    a.scale = (vt_real)(1 / sqrt((double)d));
    CU_ASSERT_FATAL(T * a.ld <= ROOM && T <= KEYS && vt_attention_work(T, d) <= WORK - EDGE);
    return (layout){a, d, d};
}

static vt_real *head(vt_real *buffer, const layout *p, int which) /* 0 q, 1 k, 2 v */
{
    return buffer + p->at_q + which * 2 * p->a.d;
}

static isize limit_of(const vt_attention *a, isize i)
{
    return i + 1 > a->prefix ? i + 1 : a->prefix;
}

static isize keys_seen(const vt_attention *a)
{
    return a->from < a->to ? limit_of(a, a->to - 1) : 0;
}

static void nan_fill(vt_real *x, isize count)
{
    for (isize i = 0; i < count; i++) x[i] = (vt_real)NAN;
}

/* Numbers where the head has them, NaN around. */
static void fill(const layout *p)
{
    const vt_attention *a = &p->a;
    nan_fill(qkv, ROOM);
    nan_fill(dout, ROOM);
    for (isize t = 0; t < a->T; t++) {
        uint64_t seed = 8 * (uint64_t)t;
        if (t >= a->from && t < a->to) {
            core_fill(head(qkv, p, 0) + t * a->ld, a->d, seed);
            core_fill(dout + p->at_out + (t - a->from) * a->ld_out, a->d, seed + 3);
        }
        for (int which = 1; t < keys_seen(a) && which < 3; which++)
            core_fill(head(qkv, p, which) + t * a->ld, a->d, seed + (uint64_t)which);
    }
}

static void forward(const vt_kernels *k, const layout *p)
{
    nan_fill(work, WORK);
    k->attention_forward(&p->a, out + p->at_out, lse, head(qkv, p, 0), head(qkv, p, 1),
                         head(qkv, p, 2), work);
}

static void backward(const vt_kernels *k, const layout *p)
{
    const vt_attention_saved saved = {head(qkv, p, 0), head(qkv, p, 1), head(qkv, p, 2),
                                      out + p->at_out, lse};
    nan_fill(work, WORK);
    k->attention_backward(&p->a, head(dqkv, p, 0), head(dqkv, p, 1), head(dqkv, p, 2), &saved,
                          dout + p->at_out, work);
}

static void run(const vt_kernels *k, const layout *p)
{
    nan_fill(out, ROOM);
    nan_fill(lse, ROOM);
    nan_fill(dqkv, ROOM);
    forward(k, p);
    backward(k, p);
}

/* ---- the plain form ---- */

static double product(const vt_real *x, const vt_real *y, isize n)
{
    double sum = 0;
    for (isize i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

static void reference_row(const layout *p, isize i)
{
    const vt_attention *a = &p->a;
    isize at = p->at_out + (i - a->from) * a->ld_out, row = p->at_q + i * a->ld, d = a->d;
    isize n = limit_of(a, i);
    double top = (double)-INFINITY, sum = 0, dot = 0;
    for (isize j = 0; j < n; j++) {
        share[j] = (double)a->scale * product(qkv + row, head(qkv, p, 1) + j * a->ld, d);
        dshare[j] = product(dout + at, head(qkv, p, 2) + j * a->ld, d);
        top = fmax(top, share[j]);
    }
    for (isize j = 0; j < n; j++) sum += share[j] = exp(share[j] - top);
    want_lse[i - a->from] = top + log(sum);
    for (isize j = 0; j < n; j++) {
        share[j] /= sum;
        dot += share[j] * dshare[j];
    }
    for (isize j = 0; j < n; j++) {
        double ds = (double)a->scale * share[j] * (dshare[j] - dot);
        isize k_j = p->at_q + 2 * d + j * a->ld, v_j = k_j + 2 * d;
        for (isize c = 0; c < d; c++) {
            want_out[at + c] += share[j] * (double)qkv[v_j + c];
            want_dqkv[row + c] += ds * (double)qkv[k_j + c];
            want_dqkv[k_j + c] += ds * (double)qkv[row + c];
            want_dqkv[v_j + c] += share[j] * (double)dout[at + c];
        }
    }
}

static void reference(const layout *p)
{
    memset(want_out, 0, sizeof want_out);
    memset(want_dqkv, 0, sizeof want_dqkv);
    for (isize i = p->a.from; i < p->a.to; i++) reference_row(p, i);
}

/* ---- comparison ---- */

static char label_text[128];
static const char *label(const vt_kernels *k, const char *what, const vt_attention *a)
{
    (void)snprintf(label_text, sizeof label_text, "%s %s, T %td, d %td, prefix %td, rows %td..%td",
                   k->name, what, a->T, a->d, a->prefix, a->from, a->to);
    return label_text;
}

/* The largest gap of rows [rows, d], in units of 1 + |want|; NaN once there is one. */
static double gap_of(const vt_real *got, const double *want, isize rows, isize ld, isize d)
{
    double worst = 0;
    for (isize r = 0; r < rows; r++)
        for (isize c = 0; c < d; c++) {
            double w = want[r * ld + c], gap = fabs((double)got[r * ld + c] - w) / (1 + fabs(w));
            if (!(gap <= worst)) worst = gap;
        }
    return worst;
}

/* All numbers outside the given rows of the buffer are the NaN that stood there before. */
static int untouched(vt_real *x, isize first, isize rows, isize ld, isize d)
{
    for (isize r = 0; r < rows; r++) nan_fill(x + first + r * ld, d);
    nan_fill(kept, ROOM);
    return core_same(x, kept, ROOM);
}

static void check_case(const vt_kernels *k, const layout *p)
{
    static const char *const names[] = {"dq", "dk", "dv"};
    const vt_attention *a = &p->a;
    isize rows = a->to - a->from;
    double bound = core_bound(1e-5, 1e-13);
    run(k, p);
    check_near(label(k, "out", a),
               gap_of(out + p->at_out, want_out + p->at_out, rows, a->ld_out, a->d), 0, bound);
    check_near(label(k, "lse", a), gap_of(lse, want_lse, rows, 1, 1), 0, bound);
    for (int which = 0; which < 3; which++) {
        isize at = p->at_q + which * 2 * a->d;
        check_near(label(k, names[which], a), gap_of(dqkv + at, want_dqkv + at, a->T, a->ld, a->d),
                   0, bound);
    }
    for (isize t = 0; t < a->T; t++)
        for (isize c = 0; c < a->d; c++) {
            if (t < a->from || t >= a->to) CU_ASSERT(head(dqkv, p, 0)[t * a->ld + c] == 0);
            if (t < keys_seen(a)) continue;
            CU_ASSERT(head(dqkv, p, 1)[t * a->ld + c] == 0);
            CU_ASSERT(head(dqkv, p, 2)[t * a->ld + c] == 0);
        }
    nan_fill(kept, EDGE);
    CU_ASSERT(core_same(work + vt_attention_work(a->T, a->d), kept, EDGE));
    for (int which = 0; which < 2; which++)
        for (isize t = 0; t < a->T; t++) nan_fill(head(dqkv, p, which) + t * a->ld, a->d);
    CU_ASSERT(untouched(dqkv, p->at_q + 4 * a->d, a->T, a->ld, a->d));
    CU_ASSERT(untouched(out, p->at_out, rows, a->ld_out, a->d));
    CU_ASSERT(untouched(lse, 0, rows, 1, 1));
}

static void check_layout(isize T, isize d, isize prefix, isize from, isize to)
{
    layout p = layout_of(T, d, prefix, from, to);
    fill(&p);
    reference(&p);
    for (int t = 0; vt_kernels_at(t); t++) check_case(vt_kernels_at(t), &p);
}

static void every_table_agrees_with_the_plain_form(void)
{
    static const isize sizes[][2] = {{1, 1},   {1, 32},  {2, 3},   {5, 64},  {7, 6},    {16, 10},
                                     {17, 16}, {31, 7},  {33, 24}, {49, 32}, {63, 48},  {64, 32},
                                     {65, 31}, {70, 65}, {97, 20}, {128, 4}, {130, 16}, {150, 32}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        isize T = sizes[s][0], d = sizes[s][1];
        check_layout(T, d, T, 0, T);
        check_layout(T, d, 1, 0, T);
        check_layout(T, d, (T + 1) / 2, 0, T);
    }
}

static void a_long_row_needs_no_square(void)
{
    check_layout(KEYS, 2, KEYS, 0, KEYS);
    check_layout(KEYS, 2, 77, 0, KEYS);
    CU_ASSERT(vt_attention_work(100000, 64) < 1000 * (isize)100000);
}

static void only_wanted_rows_flow(void)
{
    for (isize T = 1; T < 80; T += 13) {
        check_layout(T, 10, 1, T, T);
        check_layout(T, 10, T, 0, 0);
        check_layout(T, 10, 1, T - 1, T);
        check_layout(T, 10, T, T / 2, T / 2 + 1);
        check_layout(T, 10, 1, T / 3, T - T / 3);
        check_layout(T, 10, T / 2 + 1, T / 3, T - T / 3);
    }
    for (isize prefix = 1; prefix <= 70; prefix++) check_layout(70, 3, prefix, prefix - 1, 70);
}

/* ---- what the bits depend on ---- */

/* The same numbers at another place, in rows of another distance, give the same bits. */
static void bits_do_not_depend_on_the_place(void)
{
    static vt_real rows[4][ROOM / 4];
    for (int t = 0; vt_kernels_at(t); t++)
        for (isize d = 5; d < 70; d += 11) {
            layout p = layout_of(50, d, 20, 3, 50);
            isize n = 47 * d;
            for (isize move = 0; move < 4; move++, p.at_q++, p.at_out++, p.a.ld++, p.a.ld_out++) {
                fill(&p);
                run(vt_kernels_at(t), &p);
                for (isize r = 0; r < 47; r++) {
                    const vt_real *got[4] = {out + p.at_out + r * p.a.ld_out};
                    for (int which = 0; which < 3; which++)
                        got[1 + which] = head(dqkv, &p, which) + (r + 3) * p.a.ld;
                    for (int g = 0; g < 4; g++) {
                        size_t bytes = (size_t)d * sizeof(vt_real);
                        if (move == 0)
                            memcpy(rows[g] + r * d, got[g], bytes);
                        else
                            CU_ASSERT(memcmp(rows[g] + r * d, got[g], bytes) == 0);
                    }
                }
            }
            CU_ASSERT(n <= ROOM / 4);
        }
}

/* ---- extremes ---- */

/* Scores of 1e30, one of them the largest: its key takes all, and nothing is NaN. */
static void a_huge_spread_gives_all_to_one_key(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        layout p = layout_of(20, 6, 20, 0, 20);
        fill(&p);
        for (isize i = 0; i < 20; i++)
            for (isize c = 0; c < 6; c++) {
                head(qkv, &p, 0)[i * p.a.ld + c] = c == 0 ? (vt_real)1e15 : 0;
                head(qkv, &p, 1)[i * p.a.ld + c] = c == 0 ? (vt_real)(i == 13 ? 1e15 : -1e15) : 0;
            }
        run(vt_kernels_at(t), &p);
        for (isize i = 0; i < 20; i++)
            for (isize c = 0; c < 6; c++) {
                double got = (double)out[p.at_out + i * p.a.ld_out + c];
                check_near("all of v", got, (double)head(qkv, &p, 2)[13 * p.a.ld + c], 1e-6);
                for (int which = 0; which < 3; which++)
                    CU_ASSERT(isfinite(head(dqkv, &p, which)[i * p.a.ld + c]));
            }
    }
}

/* A score that is not a number reaches the rows that see it, and no others. */
static void nan_reaches_the_rows_that_see_it(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        layout p = layout_of(40, 6, 1, 0, 40);
        fill(&p);
        head(qkv, &p, 0)[17 * p.a.ld] = (vt_real)NAN;
        run(vt_kernels_at(t), &p);
        for (isize i = 0; i < 40; i++)
            CU_ASSERT_EQUAL(isnan(out[p.at_out + i * p.a.ld_out]) != 0, i == 17);
    }
}

/* ---- differences ---- */

/* A number that all outputs enter: its derivative by the outputs is dout. */
static double scalar(const vt_kernels *k, const layout *p)
{
    double sum = 0;
    forward(k, p);
    for (isize i = 0; i < p->a.to - p->a.from; i++) {
        isize at = p->at_out + i * p->a.ld_out;
        sum += product(out + at, dout + at, p->a.d);
    }
    return sum;
}

static void gradients_are_the_slopes_of_forward(void)
{
    const double step = core_bound(0x1p-6, 0x1p-17), bound = core_bound(1e-2, 1e-8);
    for (int t = 0; vt_kernels_at(t); t++)
        for (isize prefix = 1; prefix <= 9; prefix += 4) {
            const vt_kernels *k = vt_kernels_at(t);
            layout p = layout_of(9, 5, prefix, 2, 9);
            fill(&p);
            run(k, &p);
            memcpy(kept, dqkv, sizeof kept);
            for (int which = 0; which < 3; which++)
                for (isize i = which ? 0 : 2; i < 9; i++)
                    for (isize c = 0; c < 5; c++) {
                        vt_real *x = head(qkv, &p, which) + i * p.a.ld + c, x_kept = *x;
                        double up, down;
                        *x = (vt_real)((double)x_kept + step);
                        up = scalar(k, &p);
                        *x = (vt_real)((double)x_kept - step);
                        down = scalar(k, &p);
                        *x = x_kept;
                        check_near(label(k, "slope", &p.a), (up - down) / (2 * step),
                                   (double)kept[x - qkv], bound);
                    }
        }
}

/* ---- arithmetic ---- */

static void flops_are_those_of_the_pairs_that_see_each_other(void)
{
    for (isize prefix = 1; prefix <= 12; prefix++)
        for (isize from = 0; from <= 12; from++)
            for (isize to = from; to <= 12; to++) {
                vt_attention a = {12, 7, 21, 7, from, to, prefix, 1};
                int64_t pairs = 0;
                for (isize i = from; i < to; i++)
                    for (isize j = 0; j < 12; j++) pairs += j <= i || j < prefix;
                CU_ASSERT_EQUAL(vt_attention_flops(&a, 0), pairs * 2 * 7 * 2);
                CU_ASSERT_EQUAL(vt_attention_flops(&a, 1), pairs * 5 * 7 * 2);
            }
}

SUITE(fused_attention,
      {"every table agrees with the plain form", every_table_agrees_with_the_plain_form},
      {"a long row needs no square", a_long_row_needs_no_square},
      {"only wanted rows flow", only_wanted_rows_flow},
      {"bits do not depend on the place", bits_do_not_depend_on_the_place},
      {"a huge spread gives all to one key", a_huge_spread_gives_all_to_one_key},
      {"NaN reaches the rows that see it", nan_reaches_the_rows_that_see_it},
      {"gradients are the slopes of forward", gradients_are_the_slopes_of_forward},
      {"flops are those of the pairs that see each other",
       flops_are_those_of_the_pairs_that_see_each_other})
