/* Words for budgets, what runs cost, and plans as files. */
#include "base/heap.h"
#include "check.h"
#include "plan/amount.h"
#include "plan/file.h"
#include "plan/proposal.h"
#include "study/factor.h"
#include <math.h>
#include <string.h>

static lab_error err;

static void budgets_are_flops_or_time(void)
{
    static const struct {
        const char *words;
        double flops, seconds;
    } good[] = {{"1e15", 1e15, 0},    {"3e12FLOPs", 3e12, 0}, {"2.5T", 2.5e12, 0},
                {"40GFLOP", 4e10, 0}, {"1E", 1e18, 0},        {"7k", 7000, 0},
                {"2h", 0, 7200},      {"90m", 0, 5400},       {"1h30m", 0, 5400},
                {"45s", 0, 45},       {"1d12h", 0, 129600},   {"1.5h", 0, 5400},
                {"5min30s", 0, 330}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        lab_amount got;
        CU_ASSERT_EQUAL_FATAL(lab_amount_read(&got, "--budget", good[i].words, &err), LAB_OK);
        check_near(good[i].words, got.flops, good[i].flops, 0);
        check_near(good[i].words, got.seconds, good[i].seconds, 0);
    }
}

static void what_is_no_budget_is_refused_with_examples(void)
{
    static const char *const bad[] = {"",     "0",     "-1",  "1e999",    "inf",  "nan",
                                      "0x10", "12x",   "h",   "0s",       "1s1h", "1h1h",
                                      "3 h",  "1e15 ", "2TB", "1e15flop", "e5",   "0m0s"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lab_amount got;
        CU_ASSERT_EQUAL(lab_amount_read(&got, "--budget", bad[i], &err), LAB_ERR_CONFIG);
        CU_ASSERT_PTR_EQUAL(strstr(err.text, "--budget: "), err.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "1h30m"));
        CU_ASSERT(got.flops == 0 && got.seconds == 0);
    }
}

static void prices_go_through_the_sizes_and_on_beyond_them(void)
{
    lab_plan_prices prices = {0};
    const double n[] = {4000, 1000, 16000}, patch[] = {30000, 10000, 90000};
    for (int i = 0; i < 3; i++) lab_plan_price_add(&prices, n[i], patch[i]);
    lab_plan_price_add(&prices, 4000, 1); /* known */
    CU_ASSERT_EQUAL(prices.sizes, 3);
    for (int i = 0; i < 3; i++)
        check_near("at a size", lab_plan_price(&prices, n[i], 50), 50 * patch[i], 1e-9 * patch[i]);
    /* Halfway in log N: the geometric mean; beyond an end the last slope, log 3 over log 4. */
    check_near("between", lab_plan_price(&prices, 2000, 1), sqrt(30000.0 * 10000.0), 1e-8);
    check_near("above", lab_plan_price(&prices, 64000, 2), 2 * 270000.0, 1e-6);
    check_near("below", lab_plan_price(&prices, 250, 1), 10000.0 / 3, 1e-8);
    lab_plan_prices one = {0};
    lab_plan_price_add(&one, 1000, 6000);
    check_near("of one size", lab_plan_price(&one, 3000, 2), 36000, 1e-8);
}

static void rows_tell_what_a_run_costs(void)
{
    lab_sample_row rows[] = {{.x = {10, 100}, .compute = 8000},
                             {.x = {20, 100}, .compute = 4000},
                             {.x = {20, 100}, .compute = (double)NAN}};
    lab_sample sample = {.law = lab_law_find("chinchilla"), .rows = rows, .count = 3, .used = 3};
    lab_factor factor = lab_factor_of(&sample);
    CU_ASSERT_EQUAL(factor.rows, 2);
    check_near("k", factor.factor, 4, 1e-12);
    check_near("low", factor.low, 2, 1e-12);
    check_near("high", factor.high, 8, 1e-12);
    const lab_law_cost cost = {.factor = factor.factor};
    lab_reach reach = lab_reach_of(&sample, &cost);
    check_near("least C", reach.compute.low, 4000, 0);
    check_near("most C", reach.compute.high, 8000, 1e-9); /* of the row without: 4 N D */
    check_near("most N", reach.n.high, 20, 0);
    sample.law = lab_law_find("overtrained");
    CU_ASSERT_EQUAL(lab_factor_of(&sample).rows, 0);
}

static void size_and_data_follow_from_their_ratio_and_compute(void)
{
    const lab_law *law = lab_law_find("overtrained");
    const lab_law_cost cost = {.factor = 9};
    double n = 0, d = 0, x[LAB_LAW_COLUMNS];
    lab_plan_columns(law, 3e6, 6e7, 9 * 3e6 * 6e7, x);
    lab_sample_row row = {.x = {x[0], x[1]}};
    lab_plan_place(&row, law, &cost, &n, &d);
    check_near("N", n, 3e6, 1e-3);
    check_near("D", d, 6e7, 1e-2);
}

/* ---- candidates ---- */

static lab_ladder three_sizes(void)
{
    lab_ladder ladder = {.count = 3, .tied = true};
    lab_config_init(&ladder.base);
    for (int i = 0; i < 3; i++) {
        const int width = 16 << i;
        ladder.sizes[i] = (lab_ladder_size){.width = width,
                                            .heads = 2,
                                            .depth = 4,
                                            .n = 48.0 * width * width,
                                            .flops_step = 5e5 * width * width,
                                            .patches_step = 1000};
    }
    return ladder;
}

static void candidates_stay_near_the_rows_unless_one_is_bold(void)
{
    static lab_ladder ladder;
    ladder = three_sizes();
    const lab_reach reach = {{12288, 49152}, {2e4, 2e6}, {1e9, 1e11}};
    lab_proposal_wish wish = {.budget = 1e13, .cells = 4, .seeds = 2};
    lab_ladder_cell *cells = NULL;
    for (int bold = 0; bold < 2; bold++) {
        wish.bold = bold;
        isize count = lab_proposal_candidates(&cells, &ladder, &wish, &reach);
        double most = 0;
        CU_ASSERT(count > 5);
        for (isize i = 0; i < count; i++) {
            most = fmax(most, cells[i].compute);
            check_near("D", cells[i].d, 1000 * (double)cells[i].steps, 0);
            CU_ASSERT(bold || (cells[i].d <= 8e6 && cells[i].d >= 5e3));
        }
        CU_ASSERT(most <= (bold ? 5e12 : 4e11));
        CU_ASSERT(most > (bold ? 1e12 : 2e11));
        lab_heap_free(cells);
    }
}

/* A fit to a grid of runs whose scatter is made up; the caller finishes data and draws. */
static void fit_grid(lab_study *study)
{
    const lab_law *law = lab_law_find("chinchilla");
    double theta[LAB_LAW_PARAMETERS];
    const double truth[] = {0.25, 9, 12, 0.4, 0.35};
    for (int p = 0; p < law->parameters; p++) theta[p] = lab_law_theta(law, p, truth[p]);
    *study = (lab_study){.wish = {.confidence = 0.9}};
    lab_law_data_init(&study->data, law, true, 30);
    for (int i = 0; i < 30; i++) {
        const double x[] = {3000 * pow(2, i % 6), 2e5 * pow(3, (double)(i / 6))};
        double scatter = 0.004 * sin(i * 7.31 + 1);
        lab_law_data_set(&study->data, i, x, lab_law_predict(law, theta, x) * exp(scatter), i);
    }
    lab_law_rows rows = lab_law_data_rows(&study->data, NULL);
    lab_fit_make(&study->fit, &rows,
                 &(lab_fit_options){.loss = {.kind = LAB_LOSS_SQUARES}, .starts = 40});
    CU_ASSERT_PTR_NULL_FATAL(study->fit.reason);
    lab_draws_make(&study->draws, &study->data, NULL, &study->fit,
                   &(lab_draws_options){.count = 200, .workers = 1});
}

static void a_proposal_keeps_to_its_budget_and_holds_one_out_a_decade(void)
{
    static lab_ladder ladder;
    static lab_study study;
    static lab_proposal plan;
    ladder = three_sizes();
    fit_grid(&study);
    for (int i = 0; i < ladder.count; i++)
        lab_plan_price_add(&ladder.prices, ladder.sizes[i].n, ladder.sizes[i].flops_step / 1000);
    const lab_law_cost cost = {.function = lab_plan_price, .context = &ladder.prices};
    const lab_reach reach = {{3000, 96000}, {2e5, 1.6e7}, {1e8, 1e12}};
    lab_proposal_wish wish = {
        .target = "N", .compute = 1e13, .budget = 2e12, .cells = 6, .seeds = 2};
    lab_ladder_cell *cells = NULL;
    isize n = lab_proposal_candidates(&cells, &ladder, &wish, &reach);
    bool *left_out = lab_heap_take(n);
    for (isize i = 0; i < n; i++) left_out[i] = i % 3 == 0;
    CU_ASSERT_EQUAL_FATAL(lab_proposal_make(&plan, &study, &cost, &wish, cells, left_out, n, &err),
                          LAB_OK);
    double spent = 0;
    int held[16] = {0}, all[16] = {0};
    CU_ASSERT(plan.count > 2 && plan.count <= 6);
    for (int i = 0; i < plan.count; i++) {
        const lab_proposed *cell = &plan.cells[i];
        isize at = 0;
        while (at < n && (cells[at].size != cell->cell.size || cells[at].steps != cell->cell.steps))
            at++;
        CU_ASSERT(at < n && !left_out[at]);
        CU_ASSERT(i == 0 || plan.cells[i - 1].cell.compute >= cell->cell.compute);
        CU_ASSERT(cell->run.low < cell->mean.low && cell->mean.low < cell->y);
        CU_ASSERT(cell->y < cell->mean.high && cell->mean.high < cell->run.high);
        int decade = (int)log10(cell->cell.compute);
        spent += wish.seeds * cell->cell.compute;
        held[decade] += cell->score;
        all[decade]++;
    }
    for (int d = 0; d < 16; d++) CU_ASSERT_EQUAL(held[d], all[d] > 1);
    CU_ASSERT(spent <= wish.budget);
    CU_ASSERT(plan.after < plan.before);
    wish.target = "gamma";
    CU_ASSERT_EQUAL(lab_proposal_make(&plan, &study, &cost, &wish, cells, left_out, n, &err),
                    LAB_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is none of N, loss, E, A, B, alpha, beta"));
    lab_heap_free(left_out);
    lab_heap_free(cells);
    lab_draws_finish(&study.draws);
    lab_law_data_finish(&study.data);
}

/* ---- files ---- */

static void a_plan_is_a_sweep_file(void)
{
    static lab_ladder ladder;
    ladder = three_sizes();
    const lab_ladder_cell cells[] = {lab_ladder_at(&ladder, 2, 300), lab_ladder_at(&ladder, 0, 70)};
    const lab_plan_file file = {.name = "10",
                                .about = "of two runs",
                                .question = "Is it so, or is it not?",
                                .base = "../a b/x.yaml",
                                .lr = "0.01 * 2",
                                .seeds = 2};
    lab_text text = {0};
    lab_plan_file_text(&text, &file, &ladder, cells, 2);
    CU_ASSERT_STRING_EQUAL(lab_text_of(&text), "# of two runs\n"
                                               "name: \"10\"\n"
                                               "question: >-\n"
                                               "  Is it so, or is it not?\n"
                                               "base: \"../a b/x.yaml\"\n"
                                               "zip:\n"
                                               "  - model.width: [64, 16]\n"
                                               "    head.width: [64, 16]\n"
                                               "    optim.steps: [300, 70]\n"
                                               "derive:\n"
                                               "  optim.lr_peak: \"0.01 * 2\"\n"
                                               "seeds: 2\n");
    ladder.sizes[0].depth = 3; /* the base's is 4 */
    lab_text_clear(&text);
    lab_plan_file_text(&text, &file, &ladder, cells, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(lab_text_of(&text), "    model.depth: [4, 3]\n"));
    lab_text_finish(&text);
}

static void files_name_each_other_by_the_folder_that_they_share(void)
{
    static const char *const cases[][3] = {
        {"/a/b/plan.yaml", "/a/b/base.yaml", "base.yaml"},
        {"/a/b/plan.yaml", "/a/configs/x/base.yaml", "../configs/x/base.yaml"},
        {"/a/plan.yaml", "/a/b/base.yaml", "b/base.yaml"},
        {"/a/bc/plan.yaml", "/a/bd/base.yaml", "../bd/base.yaml"},
        {"/tmp/plan.yaml", "/a/base.yaml", "/a/base.yaml"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab_text out = {0};
        lab_plan_file_relative(&out, cases[i][0], cases[i][1]);
        CU_ASSERT_STRING_EQUAL(lab_text_of(&out), cases[i][2]);
        lab_text_finish(&out);
    }
}

SUITE(plan, {"budgets are FLOPs or time", budgets_are_flops_or_time},
      {"what is no budget is refused with examples", what_is_no_budget_is_refused_with_examples},
      {"prices go through the sizes and on beyond them",
       prices_go_through_the_sizes_and_on_beyond_them},
      {"rows tell what a run costs", rows_tell_what_a_run_costs},
      {"size and data follow from their ratio and compute",
       size_and_data_follow_from_their_ratio_and_compute},
      {"candidates stay near the rows unless one is bold",
       candidates_stay_near_the_rows_unless_one_is_bold},
      {"a proposal keeps to its budget and holds one out a decade",
       a_proposal_keeps_to_its_budget_and_holds_one_out_a_decade},
      {"a plan is a sweep file", a_plan_is_a_sweep_file},
      {"files name each other by the folder that they share",
       files_name_each_other_by_the_folder_that_they_share})
