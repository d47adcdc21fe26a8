#include "check.h"
#include "law/data.h"
#include "law/draws.h"
#include "law/profile.h"
#include "stats/power_law.h"
#include <math.h>
#include <string.h>

static double noise(isize i)
{
    double x = sin((double)(i + 1) * 12.9898) * 43758.5453;
    return 2 * (x - floor(x)) - 1;
}

static lab_fit fit_of(const lab_law_rows *rows, lab_loss loss)
{
    lab_fit fit;
    lab_fit_make(&fit, rows, &(lab_fit_options){.loss = loss, .starts = 60, .workers = 2});
    CU_ASSERT_PTR_NULL(fit.reason);
    return fit;
}

/* For a straight line the F test is Student's interval. */
static void the_interval_of_a_slope_is_students(void)
{
    double x[20], y[20];
    lab_law_data data;
    lab_profile profile;
    lab_power_law line;
    lab_law_data_init(&data, lab_law_find("power"), true, 20);
    for (isize i = 0; i < 20; i++) {
        x[i] = pow(2, (double)i);
        y[i] = 3 * pow(x[i], -0.4) * exp(0.05 * noise(i));
        lab_law_data_set(&data, i, &x[i], y[i], i);
    }
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit fit = fit_of(&rows, (lab_loss){LAB_LOSS_SQUARES, 0, 1});
    lab_profile_make(&profile, &fit, &rows, 1, NULL);
    lab_power_law_fit(&line, x, y, 20, 0.95);
    check_near("low", profile.interval.low, line.b_interval.low, 1e-6);
    check_near("high", profile.interval.high, line.b_interval.high, 1e-6);
    CU_ASSERT(!profile.open_low && !profile.open_high && !profile.lower);
    for (int i = 1; i < profile.count; i++) CU_ASSERT(profile.value[i] > profile.value[i - 1]);
    for (int i = 0; i < profile.count; i++) { /* a parabola, exactly */
        double away = (profile.value[i] - fit.theta[1]) / (line.b_interval.high - line.b);
        check_near("rise", profile.objective[i] - fit.objective, profile.rise * away * away,
                   1e-5 * profile.rise);
    }
    lab_law_data_finish(&data);
}

static void surface(lab_law_data *data, double low, double high)
{
    const double theta[LAB_LAW_PARAMETERS] = {0.5, 6, 6.1, 0.34, 0.28};
    lab_law_data_init(data, lab_law_find("chinchilla"), true, 48);
    for (isize i = 0; i < 48; i++) {
        double share = (double)(i % 8) / 7, other = (double)(i / 8) / 5;
        const double x[] = {low * pow(high / low, share), 20 * low * pow(high / low, other)};
        double y = lab_law_predict(data->law, theta, x);
        lab_law_data_set(data, i, x, y * exp(0.01 * noise(i)), i);
    }
}

/* Robust and plain losses tell much the same of noise without outliers, and both hold the truth. */
static void profiles_of_a_surface_hold_what_was_put_in(void)
{
    static const struct {
        const char *name;
        double value;
    } put_in[] = {{"E", 1.6487212707}, {"alpha", 0.34}, {"beta", 0.28}};
    static const lab_loss losses[] = {
        {LAB_LOSS_SQUARES, 0, 1}, {LAB_LOSS_HUBER, 1e-3, 1}, {LAB_LOSS_ASYMMETRIC, 0, 1}};
    lab_law_data data;
    surface(&data, 1e6, 1e10);
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    for (int k = 0; k < 3; k++) {
        lab_fit fit = fit_of(&rows, losses[k]);
        for (int i = 0; i < 3; i++) {
            lab_profile profile;
            int p = lab_law_parameter_find(fit.law, put_in[i].name);
            lab_profile_make(&profile, &fit, &rows, p, &(lab_profile_options){.confidence = 0.99});
            CU_ASSERT(profile.interval.low < put_in[i].value);
            CU_ASSERT(profile.interval.high > put_in[i].value);
            CU_ASSERT(profile.interval.high - profile.interval.low < 0.5);
            CU_ASSERT(!profile.open_low && !profile.open_high && !profile.lower);
        }
    }
    lab_law_data_finish(&data);
}

/* Within half a decade any floor does as well: nothing speaks against none at all. */
static void a_floor_that_no_row_comes_near_is_open_below(void)
{
    lab_law_data data;
    lab_profile profile;
    surface(&data, 1e6, 4e6);
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit fit = fit_of(&rows, (lab_loss){LAB_LOSS_SQUARES, 0, 1});
    lab_profile_make(&profile, &fit, &rows, 0, NULL);
    CU_ASSERT(profile.open_low);
    CU_ASSERT(profile.interval.low < 1e-9);
    CU_ASSERT(profile.value[0] < 1e-9);
    lab_law_data_finish(&data);
}

SUITE(law_profile, {"the interval of a slope is Student's", the_interval_of_a_slope_is_students},
      {"profiles of a surface hold what was put in", profiles_of_a_surface_hold_what_was_put_in},
      {"a floor that no row comes near is open below",
       a_floor_that_no_row_comes_near_is_open_below})
