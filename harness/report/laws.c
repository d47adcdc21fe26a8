#include "report/laws.h"
#include "base/heap.h"
#include "base/parallel.h"
#include "stats/resample.h"
#include "study/factor.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const ONE_SIZE =
    "all runs have the same size N, so that what size does and what "
    "data does cannot be told apart";
static const char *const ONE_DATA =
    "all runs have the same data D, so that what size does and what "
    "data does cannot be told apart";

/* A form: its law, and which columns of a run it reads. */
typedef struct {
    const char *name, *law, *columns;
} form_kind;
static const form_kind kinds[LAB_LAWS_FORMS] = {
    {"chinchilla", "chinchilla", "ND"}, {"overtrained", "overtrained", "MC"},
    {"offset in C", "offset", "C"},     {"offset in N", "offset", "N"},
    {"offset in D", "offset", "D"},     {"power in C", "power", "C"},
    {"power in N", "power", "N"},       {"power in D", "power", "D"}};

lab_law_cost lab_laws_cost(const lab_laws *laws)
{
    return (lab_law_cost){.factor = laws->factor};
}

static double column(char letter, double size, double data, double compute)
{
    return letter == 'N' ? size : letter == 'D' ? data : letter == 'C' ? compute : data / size;
}

/* ---- the runs ---- */

static bool told(const lab_sample_row *row)
{
    return isfinite(row->compute) && row->compute > 0;
}

/* k of C = k N D. */
static void find_factor(lab_laws *laws)
{
    lab_factor k = lab_factor_of(&laws->study->sample);
    laws->untold = laws->n - k.rows;
    if (!k.rows) k.factor = k.low = k.high = LAB_LAW_COST_FACTOR;
    laws->factor = k.factor;
    laws->factor_low = k.low;
    laws->factor_high = k.high;
}

static void read_runs(lab_laws *laws)
{
    const lab_sample *sample = &laws->study->sample;
    const isize n = laws->n = sample->used;
    laws->size = lab_heap_take((4 * n + 1) * (isize)sizeof(double));
    laws->data = laws->size + n;
    laws->compute = laws->size + 2 * n;
    laws->loss = laws->size + 3 * n;
    find_factor(laws);
    for (isize i = 0; i < n; i++) {
        const lab_sample_row *row = &sample->rows[i];
        laws->size[i] = row->x[0];
        laws->data[i] = row->x[1];
        laws->loss[i] = row->y;
        laws->compute[i] = told(row) ? row->compute : laws->factor * row->x[0] * row->x[1];
        laws->compute_low = i ? fmin(laws->compute_low, laws->compute[i]) : laws->compute[i];
        laws->compute_high = fmax(laws->compute_high, laws->compute[i]);
    }
}

static bool all_equal(const double *values, isize n)
{
    for (isize i = 1; i < n; i++)
        if (values[i] != values[0]) return false;
    return true;
}

/* ---- what is known of each law ---- */

static void fit_forms(lab_laws *laws)
{
    const lab_study *study = laws->study;
    const lab_law_cost cost = lab_laws_cost(laws);
    double target[LAB_LAWS_FORMS][LAB_LAW_COLUMNS];
    lab_spread_form forms[LAB_LAWS_FORMS];
    const double compute = LAB_LAWS_BEYOND * laws->compute_high;
    bool best = !laws->reason &&
                lab_optimum_at(&laws->beyond, study->fit.law, study->fit.theta, &cost, compute);
    for (int f = 0; f < LAB_LAWS_FORMS; f++) {
        lab_laws_form *form = &laws->form[f];
        const lab_law *law = lab_law_find(kinds[f].law);
        form->name = kinds[f].name;
        lab_law_data_init(&form->data, law, true, laws->n);
        for (isize i = 0; i < laws->n; i++) {
            double x[LAB_LAW_COLUMNS] = {0};
            for (int k = 0; k < law->columns; k++)
                x[k] = column(kinds[f].columns[k], laws->size[i], laws->data[i], laws->compute[i]);
            lab_law_data_set(&form->data, i, x, laws->loss[i], study->data.cluster[i]);
        }
        for (int k = 0; k < law->columns; k++)
            target[f][k] = column(kinds[f].columns[k], laws->beyond.n, laws->beyond.d, compute);
        forms[f] = (lab_spread_form){&form->data, best ? target[f] : NULL};
    }
    lab_spread_make(&laws->spread, forms, LAB_LAWS_FORMS, NULL, &study->wish.fit);
    for (int f = 0; f < LAB_LAWS_FORMS; f++)
        if (!laws->spread.of[f].fit.reason)
            lab_draws_make(&laws->form[f].draws, &laws->form[f].data, NULL, &laws->spread.of[f].fit,
                           &(lab_draws_options){.count = f ? LAB_LAWS_FORM_DRAWS : LAB_LAWS_DRAWS,
                                                .workers = study->wish.fit.workers});
}

/* The lines of each draw, for bands of N* and D*. */
static void draw_lines(lab_laws *laws)
{
    const lab_exponents *exponents = &laws->review.exponents;
    lab_approach_options options = {.draws = LAB_LAWS_DRAWS, .seed = laws->study->wish.seed};
    lab_approach ignored;
    if (exponents->reason) return;
    for (int a = 0; a < LAB_APPROACH_SURFACE; a++) {
        options.drawn = laws->drawn[a] =
            lab_heap_take(2 * LAB_LAWS_DRAWS * (isize)sizeof *options.drawn);
        (a == LAB_APPROACH_ENVELOPE ? lab_approach_envelope
                                    : lab_approach_isoflop)(&ignored, &exponents->runs, &options);
    }
}

static void hold_out(lab_laws *laws)
{
    const lab_law_data *data = &laws->study->data;
    const lab_fit *fit = &laws->study->fit;
    const isize bytes = (laws->n + 1) * (isize)sizeof(lab_holdout_row);
    laws->held_one = lab_heap_take(bytes);
    laws->held_top = lab_heap_take(bytes);
    lab_heldout_init(&laws->heldout, laws->study, LAB_LAWS_HELD_DRAWS, laws->held_one);
    lab_holdout_options options = {
        .draws = LAB_LAWS_DRAWS, .workers = laws->study->wish.fit.workers, .rows = laws->held_top};
    lab_holdout_top(&laws->top, data, NULL, fit, laws->compute, lab_heldout_tops[1], &options);
}

static void profile(lab_laws *laws)
{
    static const char *const names[LAB_LAWS_PROFILES] = {"E", "alpha", "beta"};
    const lab_law_rows rows = lab_law_data_rows(&laws->study->data, NULL);
    for (int p = 0; p < LAB_LAWS_PROFILES; p++)
        lab_profile_make(&laws->profile[p], &laws->study->fit, &rows,
                         lab_law_parameter_find(laws->study->fit.law, names[p]), NULL);
}

lab_status lab_laws_open(lab_laws **out, lab_ledger *ledger, const char *query, lab_error *err)
{
    lab_laws *laws = lab_heap_take(sizeof *laws);
    const lab_law *law = lab_law_find("chinchilla");
    *out = NULL;
    lab_status status = lab_study_open(&laws->study, ledger,
                                       &(lab_study_wish){.law = law,
                                                         .query = query,
                                                         .fit = {.loss = lab_study_loss(law)},
                                                         .by_setting = true,
                                                         .draws = LAB_LAWS_DRAWS},
                                       err);
    if (status != LAB_OK) {
        lab_laws_close(&laws);
        return status;
    }
    read_runs(laws);
    laws->reason = laws->study->fit.reason;
    if (!laws->reason && all_equal(laws->size, laws->n)) laws->reason = ONE_SIZE;
    if (!laws->reason && all_equal(laws->data, laws->n)) laws->reason = ONE_DATA;
    fit_forms(laws);
    laws->study->wish.target = LAB_LAWS_BEYOND * laws->compute_high;
    lab_review_init(&laws->review, laws->study);
    if (!laws->reason) {
        lab_budgets_init(&laws->budgets, &laws->review.exponents.runs, 0);
        draw_lines(laws);
        hold_out(laws);
        profile(laws);
    }
    *out = laws;
    return LAB_OK;
}

void lab_laws_close(lab_laws **out)
{
    lab_laws *laws = *out;
    *out = NULL;
    if (!laws) return;
    for (int f = 0; f < LAB_LAWS_FORMS; f++) {
        lab_draws_finish(&laws->form[f].draws);
        lab_law_data_finish(&laws->form[f].data);
    }
    for (int a = 0; a < LAB_APPROACHES; a++) lab_heap_free(laws->drawn[a]);
    lab_budgets_finish(&laws->budgets);
    lab_review_finish(&laws->review);
    lab_heap_free(laws->held_one);
    lab_heap_free(laws->held_top);
    lab_heap_free(laws->size);
    lab_study_close(&laws->study);
    lab_heap_free(laws);
}

/* ---- what figures ask ---- */

lab_interval lab_laws_band(const lab_laws *laws, lab_approach_kind kind, bool data, double compute)
{
    const lab_interval none = {(double)NAN, (double)NAN};
    const lab_approach *approach = &laws->review.exponents.by[kind];
    if (laws->review.exponents.reason || approach->reason) return none;
    if (kind == LAB_APPROACH_SURFACE) {
        const lab_law_cost cost = lab_laws_cost(laws);
        lab_optimum_band band;
        lab_optimum_intervals(&band, &laws->study->draws, &cost, compute, 0, LAB_LAWS_CONFIDENCE);
        return data ? band.d : band.n;
    }
    const int kept = LAB_LAWS_DRAWS - approach->lost;
    double at[LAB_LAWS_DRAWS];
    if (kept < 2) return none;
    for (int d = 0; d < kept; d++)
        at[d] = lab_approach_at(&laws->drawn[kind][2 * d + data], compute);
    return lab_resample_percentiles(at, kept, LAB_LAWS_CONFIDENCE);
}

double lab_laws_residual(const lab_laws *laws, isize i)
{
    const lab_law_rows rows = lab_law_data_rows(&laws->study->data, NULL);
    return rows.response[i] - lab_law_rows_predict(&rows, i, laws->study->fit.theta, NULL);
}

static void size_range(const lab_laws *laws, double *low, double *high)
{
    *low = (double)INFINITY;
    *high = 0;
    for (isize i = 0; i < laws->n; i++) {
        *low = fmin(*low, laws->size[i]);
        *high = fmax(*high, laws->size[i]);
    }
}

int lab_laws_class(const lab_laws *laws, isize i)
{
    double low, high;
    size_range(laws, &low, &high);
    if (!(high > low)) return 0;
    int class = (int)(LAB_LAWS_SIZES * log(laws->size[i] / low) / log(high / low));
    return class < LAB_LAWS_SIZES ? class : LAB_LAWS_SIZES - 1;
}

bool lab_laws_class_name(lab_text *out, const lab_laws *laws, int class)
{
    double least = (double)INFINITY, most = 0;
    for (isize i = 0; i < laws->n; i++) {
        if (lab_laws_class(laws, i) != class) continue;
        least = fmin(least, laws->size[i]);
        most = fmax(most, laws->size[i]);
    }
    if (most <= 0) return false;
    lab_text_add(out, "N %s", lab_short_count(least).text);
    if (least < most) lab_text_add(out, " to %s", lab_short_count(most).text);
    return true;
}
