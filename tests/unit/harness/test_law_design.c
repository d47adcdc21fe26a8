/* Designs and chained laws against answers that are known, and against fits that are made again. */
#include "check.h"
#include "law/chain.h"
#include "law/design.h"
#include "law/optimum.h"
#include <math.h>
#include <string.h>

enum { K = LAB_LAW_PARAMETERS, RUNS = 40, DRAWS = 400, MORE = 6, TIMES = 8 };

/* Gauss-Jordan of a small symmetric matrix [n, n]. */
static void invert(double *out, const double *matrix, int n)
{
    double work[K][2 * K];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 2 * n; j++)
            work[i][j] = j < n ? matrix[i * n + j] : (double)(j == n + i);
    for (int c = 0; c < n; c++) {
        const double pivot = work[c][c];
        for (int j = 0; j < 2 * n; j++) work[c][j] /= pivot;
        for (int i = 0; i < n; i++) {
            const double factor = work[i][c];
            for (int j = 0; i != c && j < 2 * n; j++) work[i][j] -= factor * work[c][j];
        }
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) out[i * n + j] = work[i][n + j];
}

static lab_design line(double spread)
{
    lab_design design = {.law = lab_law_find("power"), .logs = true, .residual = 0.04};
    design.covariance[0] = design.covariance[3] = spread;
    design.target[1] = 1; /* b of y = A x^b, a line of the logarithms */
    return design;
}

static void a_run_more_is_a_row_more_in_the_normal_matrix(void)
{
    lab_design design = line(1);
    const double xs[] = {2, 10, 0.5};
    double normal[4], want[4], slope[K];
    design.covariance[1] = design.covariance[2] = 0.3;
    invert(normal, design.covariance, 2);
    for (int i = 0; i < 3; i++) {
        const int runs = i + 1;
        double before = lab_design_variance(&design);
        lab_design_slope(&design, &xs[i], slope);
        check_near("slope by log A", slope[0], 1, 1e-12);
        check_near("slope by b", slope[1], log(xs[i]), 1e-12);
        double gain = lab_design_gain(&design, slope, runs);
        for (int p = 0; p < 2; p++)
            for (int q = 0; q < 2; q++)
                normal[p * 2 + q] += runs * slope[p] * slope[q] / design.residual;
        lab_design_take(&design, slope, runs);
        invert(want, normal, 2);
        for (int c = 0; c < 4; c++) check_near("covariance", design.covariance[c], want[c], 1e-12);
        check_near("gain", gain, before - lab_design_variance(&design), 1e-12);
    }
}

static void the_slope_of_a_line_is_learnt_at_its_ends(void)
{
    lab_design design = line(100);
    lab_design_candidate candidates[9];
    isize chosen[4];
    for (int i = 0; i < 9; i++) /* x from e^-4 to e^4, all of one price */
        candidates[i] = (lab_design_candidate){.x = {exp(i - 4)}, .cost = 1};
    const lab_design_limit limit = {.budget = 100, .count = 4, .runs = 1};
    CU_ASSERT_EQUAL_FATAL(lab_design_choose(&design, candidates, 9, &limit, chosen), 4);
    bool taken[9] = {false};
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_FALSE(taken[chosen[i]]);
        taken[chosen[i]] = true;
    }
    CU_ASSERT(taken[0] && taken[8]); /* the ends, then what is nearest to them */
    CU_ASSERT(taken[1] && taken[7]);
    /* by least squares: s^2 over the sum of squares 16 + 16 + 9 + 9 */
    check_near("variance of b", lab_design_variance(&design), 0.04 / 50, 1e-5);
}

static void no_more_is_chosen_than_the_budget_buys(void)
{
    lab_design design = line(100);
    lab_design_candidate candidates[3] = {
        {.x = {exp(-3)}, .cost = 2}, {.x = {exp(3)}, .cost = 3}, {.x = {exp(2)}, .cost = 50}};
    isize chosen[3];
    lab_design_limit limit = {.budget = 5, .count = 3, .runs = 1};
    CU_ASSERT_EQUAL(lab_design_choose(&design, candidates, 3, &limit, chosen), 2);
    limit.budget = 1.9;
    design = line(100);
    CU_ASSERT_EQUAL(lab_design_choose(&design, candidates, 3, &limit, chosen), 0);
    /* A tenth of the price is worth more than a little more to learn. */
    limit = (lab_design_limit){.budget = 100, .count = 1, .runs = 1};
    candidates[1].cost = 0.2;
    CU_ASSERT_EQUAL(lab_design_choose(&design, candidates, 3, &limit, chosen), 1);
    CU_ASSERT_EQUAL(chosen[0], 1);
}

/* ---- a surface ---- */

static const double truth[] = {0.25, 9, 12, 0.4, 0.35}; /* E, A, B, alpha, beta */

static double noise(int i, int salt) /* near normal, of variance 1 */
{
    double sum = -6;
    for (int k = 0; k < 12; k++) {
        double x = sin((i + 1) * 12.9898 + (k + 1) * 78.233 + salt * 37.719) * 43758.5453;
        sum += x - floor(x);
    }
    return sum;
}

typedef struct {
    lab_law_data data;
    lab_fit fit;
    lab_draws draws;
} made;

static void place(double *x, int i) /* 8 sizes, 5 lengths */
{
    x[0] = 2e4 * pow(1.6, i % 8);
    x[1] = 4e5 * pow(2, (double)(i / 8));
}

/* A fit to RUNS runs and so many more at one place, whose scatter follows salt. */
static const double SCATTER = 0.004;
static void make(made *all, int salt, int more, const double *at)
{
    const lab_law *law = lab_law_find("chinchilla");
    double theta[K];
    for (int p = 0; p < law->parameters; p++) theta[p] = lab_law_theta(law, p, truth[p]);
    lab_law_data_init(&all->data, law, true, RUNS + more);
    for (int i = 0; i < RUNS + more; i++) {
        double x[2];
        place(x, i);
        const double *here = i < RUNS ? x : at;
        double y = lab_law_predict(law, theta, here) * exp(SCATTER * noise(i, i < RUNS ? 0 : salt));
        lab_law_data_set(&all->data, i, here, y, i);
    }
    lab_law_rows rows = lab_law_data_rows(&all->data, NULL);
    lab_fit_make(
        &all->fit, &rows,
        &(lab_fit_options){.loss = {.kind = LAB_LOSS_SQUARES}, .starts = 60, .workers = 2});
    CU_ASSERT_PTR_NULL_FATAL(all->fit.reason);
    lab_draws_make(&all->draws, &all->data, NULL, &all->fit,
                   &(lab_draws_options){.count = DRAWS, .seed = 5, .workers = 2});
}

static void forget(made *all)
{
    lab_draws_finish(&all->draws);
    lab_law_data_finish(&all->data);
}

static double log_n_star(const void *compute, const double *theta)
{
    lab_optimum best;
    const lab_law_cost six = {.factor = 6};
    bool known =
        lab_optimum_at(&best, lab_law_find("chinchilla"), theta, &six, *(const double *)compute);
    return known ? log(best.n) : (double)NAN;
}

static double variance_of(const lab_draws *draws, double compute)
{
    double sum = 0, squares = 0;
    for (int d = 0; d < draws->count; d++) {
        double value = log_n_star(&compute, draws->theta + d * draws->law->parameters);
        sum += value;
        squares += value * value;
    }
    return squares / draws->count - sum * sum / draws->count / draws->count;
}

static void what_a_run_is_said_to_tell_it_tells_in_a_fit_with_it(void)
{
    const double compute = 1e13;
    double before[K * K], slope[K];
    made plain;
    make(&plain, 0, 0, NULL);
    lab_design design;
    lab_design_init(&design, &plain.fit, &plain.draws, true);
    CU_ASSERT(lab_design_aim(&design, log_n_star, &compute));
    memcpy(before, design.covariance, sizeof before);
    double had = variance_of(&plain.draws, compute);
    CU_ASSERT(design.lost < DRAWS / 10);
    check_near("of the draws by a line", lab_design_variance(&design) / had, 1, 0.5);
    /* Places that tell much, a little, and next to nothing. */
    const double longer[] = {9e4, 2.5e7}, large[] = {8.1e5, 2.5e7}, none[] = {2.4e6, 2.5e7};
    const double *const places[] = {longer, large, none};
    double said[3], seen[3] = {0};
    for (int i = 0; i < 3; i++) {
        memcpy(design.covariance, before, sizeof before);
        lab_design_slope(&design, places[i], slope);
        said[i] = lab_design_gain(&design, slope, MORE) / lab_design_variance(&design);
        for (int salt = 1; salt <= TIMES; salt++) {
            made more;
            make(&more, salt, MORE, places[i]);
            seen[i] += (1 - variance_of(&more.draws, compute) / had) / TIMES;
            forget(&more);
        }
    }
    CU_ASSERT(said[0] > 0.4 && said[1] < 0.2 && said[2] < 0.05);
    check_near("longer", seen[0], said[0], 0.15);
    check_near("large", seen[1], said[1], 0.15);
    check_near("none", seen[2], said[2], 0.15);
    forget(&plain);
}

static void slopes_by_a_floor_are_by_its_value(void)
{
    made all;
    double slope[K], x[] = {7e4, 3e6};
    make(&all, 0, 0, NULL);
    for (int logs = 0; logs < 2; logs++) {
        lab_design design;
        lab_design_init(&design, &all.fit, &all.draws, logs);
        lab_design_slope(&design, x, slope);
        for (int p = 0; p < 5; p++) {
            double theta[K], value[2];
            for (int side = 0; side < 2; side++) {
                memcpy(theta, all.fit.theta, sizeof theta);
                double u = design.at[p] + (side ? 1e-6 : -1e-6);
                theta[p] = p == 0 ? log(u) : u;
                value[side] = lab_law_predict(all.fit.law, theta, x);
                if (logs) value[side] = log(value[side]);
            }
            check_near(all.fit.law->parameter[p].name, slope[p], (value[1] - value[0]) / 2e-6,
                       1e-6);
        }
    }
    forget(&all);
}

static void draws_far_off_do_not_spread_a_design(void)
{
    made all;
    lab_design plain, spoilt;
    make(&all, 0, 0, NULL);
    lab_design_init(&plain, &all.fit, &all.draws, true);
    for (int d = 0; d < 4; d++) { /* as if they had ended in another basin */
        all.draws.theta[d * 5 + 1] = 90;
        all.draws.theta[d * 5 + 3] = 7;
    }
    lab_design_init(&spoilt, &all.fit, &all.draws, true);
    CU_ASSERT(spoilt.lost >= 4);
    check_near("variance of alpha", spoilt.covariance[3 * 5 + 3] / plain.covariance[3 * 5 + 3], 1,
               0.1);
    forget(&all);
}

static double nothing(const void *context, const double *theta)
{
    (void)context;
    return theta[3] > 0 ? (double)NAN : 0;
}

static void a_target_without_a_value_is_no_target(void)
{
    made all;
    lab_design design;
    make(&all, 0, 0, NULL);
    lab_design_init(&design, &all.fit, &all.draws, true);
    CU_ASSERT_FALSE(lab_design_aim(&design, nothing, NULL));
    forget(&all);
}

/* ---- chains ---- */

static double reached(const void *x, const double *theta)
{
    return lab_law_predict(lab_law_find("chinchilla"), theta, x);
}

/* Draws of a link that are all its fit, moved by scatter. */
static void link_draws(lab_draws *draws, const double *theta, double scatter, double *thetas,
                       double *rest)
{
    *draws = (lab_draws){
        .law = lab_law_find("exponential"), .count = DRAWS, .theta = thetas, .rest = rest};
    for (int d = 0; d < DRAWS; d++) {
        for (int p = 0; p < 3; p++) thetas[d * 3 + p] = theta[p];
        thetas[d * 3] += scatter * noise(d, 1);
        rest[d] = scatter * noise(d, 2);
    }
}

static void a_link_without_noise_maps_the_interval(void)
{
    static double thetas[DRAWS * 3], rest[DRAWS];
    const double theta[] = {0.9, 0.5, 1.2}, x[] = {1e6, 4e7};
    made all;
    lab_draws links;
    lab_chained at, wider;
    make(&all, 0, 0, NULL);
    lab_chain chain = {&all.draws, true, all.fit.theta, &links, theta};
    link_draws(&links, theta, 0, thetas, rest);
    lab_chain_at(&at, &chain, reached, x, 0.95);
    lab_interval mean = lab_draws_mean(&all.draws, x, 0.95);
    lab_interval run = lab_draws_run(&all.draws, x, true, 0.95);
    check_near("loss", at.first, lab_law_predict(all.fit.law, all.fit.theta, x), 1e-15);
    check_near("error", at.y, lab_law_predict(links.law, theta, &at.first), 1e-15);
    /* The link rises, so that ends go to ends; between two draws it is nearly a line. */
    check_near("mean low", at.mean.low, lab_law_predict(links.law, theta, &mean.low), 1e-6);
    check_near("mean high", at.mean.high, lab_law_predict(links.law, theta, &mean.high), 1e-6);
    check_near("run low", at.run.low, lab_law_predict(links.law, theta, &run.low), 1e-6);
    check_near("run high", at.run.high, lab_law_predict(links.law, theta, &run.high), 1e-6);
    link_draws(&links, theta, 0.01, thetas, rest);
    lab_chain_at(&wider, &chain, reached, x, 0.95);
    CU_ASSERT(wider.mean.high - wider.mean.low > 1.5 * (at.mean.high - at.mean.low));
    CU_ASSERT(wider.run.high - wider.run.low > wider.mean.high - wider.mean.low);
    CU_ASSERT_EQUAL(wider.lost, 0);
    lab_chain_at(&wider, &chain, nothing, NULL, 0.95);
    CU_ASSERT(wider.lost == DRAWS && isnan(wider.run.low));
    forget(&all);
}

SUITE(law_design,
      {"a run more is a row more in the normal matrix",
       a_run_more_is_a_row_more_in_the_normal_matrix},
      {"the slope of a line is learnt at its ends", the_slope_of_a_line_is_learnt_at_its_ends},
      {"no more is chosen than the budget buys", no_more_is_chosen_than_the_budget_buys},
      {"what a run is said to tell it tells in a fit with it",
       what_a_run_is_said_to_tell_it_tells_in_a_fit_with_it},
      {"slopes by a floor are by its value", slopes_by_a_floor_are_by_its_value},
      {"draws far off do not spread a design", draws_far_off_do_not_spread_a_design},
      {"a target without a value is no target", a_target_without_a_value_is_no_target},
      {"a link without noise maps the interval", a_link_without_noise_maps_the_interval})
