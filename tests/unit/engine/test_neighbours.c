/* k-NN over a bank of features: against a plain count, in any cut of the batches, and to the bit.
 */
#include "base/rng.h"
#include "check.h"
#include "model/neighbours.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { BANK = 1500, QUERIES = 7, TOKENS = 3, WIDTH = 6, CLASSES = 9 };

typedef struct {
    vt_arena arena;
    vt_neighbours n;
    vt_real *bank, *queries; /* [images*T, D] */
    int32_t *labels, *wanted;
} near_case;

static void plan(near_case *c, isize bank)
{
    vt_neighbours_options options = {QUERIES, TOKENS, WIDTH, CLASSES, bank};
    vt_neighbours_plan(&c->n, &options, &c->arena);
    c->bank = VT_TAKE(&c->arena, vt_real, bank * TOKENS * WIDTH);
    c->queries = VT_TAKE(&c->arena, vt_real, QUERIES * TOKENS * WIDTH);
    c->labels = VT_TAKE(&c->arena, int32_t, bank);
    c->wanted = VT_TAKE(&c->arena, int32_t, QUERIES);
}

/* Images of each class lie about a direction of its own; the bank is kept in pieces of that size.
 */
static void begin(near_case *c, isize bank, isize piece)
{
    vt_error err = {{0}};
    *c = (near_case){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    plan(c, bank);
    CU_ASSERT_FATAL(vt_arena_open(&c->arena, &err) == VT_OK);
    plan(c, bank);
    vt_rng rng = vt_rng_at(3, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < bank + QUERIES; i++) {
        int32_t label = (int32_t)vt_rng_below(&rng, CLASSES);
        vt_real *x =
            i < bank ? c->bank + i * TOKENS * WIDTH : c->queries + (i - bank) * TOKENS * WIDTH;
        *(i < bank ? &c->labels[i] : &c->wanted[i - bank]) = label;
        for (isize v = 0; v < TOKENS * WIDTH; v++)
            x[v] = (vt_real)(sin((double)(label * WIDTH + v % WIDTH)) + vt_rng_normal(&rng));
    }
    for (isize first = 0; first < bank; first += piece)
        vt_neighbours_keep(&c->n, c->bank + first * TOKENS * WIDTH, c->labels + first,
                           vt_min(piece, bank - first));
}

static double cosine(const vt_real *a, const vt_real *b)
{
    double mean_a[WIDTH] = {0}, mean_b[WIDTH] = {0}, ab = 0, aa = 0, bb = 0;
    for (int v = 0; v < TOKENS * WIDTH; v++) {
        mean_a[v % WIDTH] += (double)a[v];
        mean_b[v % WIDTH] += (double)b[v];
    }
    for (int d = 0; d < WIDTH; d++) {
        ab += mean_a[d] * mean_b[d];
        aa += mean_a[d] * mean_a[d];
        bb += mean_b[d] * mean_b[d];
    }
    return ab / sqrt(aa * bb);
}

/* The votes for a query by the k nearest, found one after the other. */
static void plain_votes(const near_case *c, isize query, isize k, double votes[CLASSES])
{
    static char taken[BANK];
    memset(taken, 0, sizeof taken);
    memset(votes, 0, CLASSES * sizeof *votes);
    for (isize n = 0; n < k; n++) {
        isize best = -1;
        double most = -2;
        for (isize i = 0; i < c->n.options.bank; i++) {
            double like = cosine(c->queries + query * TOKENS * WIDTH, c->bank + i * TOKENS * WIDTH);
            if (taken[i] || like <= most) continue;
            most = like;
            best = i;
        }
        taken[best] = 1;
        votes[c->labels[best]] += exp(most / 0.07);
    }
}

static void votes_are_those_of_a_plain_count(void)
{
    near_case c;
    vt_bank_total totals[VT_NEIGHBOURS_KS] = {{0}};
    begin(&c, BANK, 400);
    CU_ASSERT_EQUAL_FATAL(c.n.k_count, 4);
    CU_ASSERT(c.n.ks[0] == 10 && c.n.ks[1] == 20 && c.n.ks[2] == 100 && c.n.ks[3] == 200);
    vt_neighbours_score(&c.n, c.queries, c.wanted, QUERIES, totals);
    for (int i = 0; i < c.n.k_count; i++) {
        double loss = 0, votes[CLASSES];
        int64_t top1 = 0, top5 = 0;
        for (isize q = 0; q < QUERIES; q++) {
            int before = 0;
            double all = 0;
            plain_votes(&c, q, c.n.ks[i], votes);
            for (int k = 0; k < CLASSES; k++) {
                all += votes[k];
                before += votes[k] > votes[c.wanted[q]];
            }
            loss -= log(votes[c.wanted[q]] / all);
            top1 += before == 0;
            top5 += before < 5;
        }
        CU_ASSERT_EQUAL(totals[i].images, QUERIES);
        CU_ASSERT_EQUAL(totals[i].top1, top1);
        CU_ASSERT_EQUAL(totals[i].top5, top5);
        check_near("loss", totals[i].loss, loss, sizeof(vt_real) == 8 ? 1e-9 : 2e-3);
    }
    vt_arena_close(&c.arena);
}

static void the_cut_of_the_bank_changes_no_bit(void)
{
    near_case a, b;
    vt_bank_total whole[VT_NEIGHBOURS_KS] = {{0}}, pieces[VT_NEIGHBOURS_KS] = {{0}};
    begin(&a, BANK, BANK);
    begin(&b, BANK, 77);
    vt_neighbours_score(&a.n, a.queries, a.wanted, QUERIES, whole);
    vt_neighbours_score(&b.n, b.queries, b.wanted, QUERIES, pieces);
    for (int i = 0; i < VT_NEIGHBOURS_KS; i++) {
        CU_ASSERT(whole[i].loss == pieces[i].loss);
        CU_ASSERT(whole[i].top1 == pieces[i].top1 && whole[i].top5 == pieces[i].top5);
    }
    vt_arena_close(&a.arena);
    vt_arena_close(&b.arena);
}

static void a_small_bank_has_fewer_neighbours(void)
{
    near_case c;
    begin(&c, 4, 4);
    CU_ASSERT(c.n.k_count == 1 && c.n.ks[0] == 4);
    vt_arena_close(&c.arena);
    begin(&c, 25, 25);
    CU_ASSERT(c.n.k_count == 2 && c.n.ks[1] == 20);
    vt_arena_close(&c.arena);
}

static void an_image_of_the_bank_is_its_own_neighbour(void)
{
    near_case c;
    vt_bank_total totals[VT_NEIGHBOURS_KS] = {{0}};
    begin(&c, 4, 4);
    for (int32_t i = 0; i < 4; i++) c.n.labels[i] = i;
    int32_t labels[4] = {0, 1, 2, 3};
    vt_neighbours_score(&c.n, c.bank, labels, 4, totals);
    CU_ASSERT_EQUAL(totals[0].top1, 4);
    vt_arena_close(&c.arena);
}

static void features_that_are_not_finite_have_no_neighbours(void)
{
    near_case c;
    vt_bank_total totals[VT_NEIGHBOURS_KS] = {{0}};
    begin(&c, 25, 25);
    for (isize v = 0; v < TOKENS * WIDTH; v++) c.queries[v] = (vt_real)(double)NAN;
    vt_neighbours_score(&c.n, c.queries, c.wanted, 1, totals);
    CU_ASSERT(totals[0].images == 1 && totals[0].top1 == 0 && totals[0].top5 == 0);
    CU_ASSERT(isinf(totals[0].loss));
    vt_arena_close(&c.arena);
}

SUITE(neighbours, {"votes are those of a plain count", votes_are_those_of_a_plain_count},
      {"the cut of the bank changes no bit", the_cut_of_the_bank_changes_no_bit},
      {"a small bank has fewer neighbours", a_small_bank_has_fewer_neighbours},
      {"an image of the bank is its own neighbour", an_image_of_the_bank_is_its_own_neighbour},
      {"features that are not finite have no neighbours",
       features_that_are_not_finite_have_no_neighbours})
