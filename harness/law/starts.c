#include "law/starts.h"
#include <math.h>

#define SET(starts, parameter, array)                                                              \
    ((starts)->levels[parameter] = (array),                                                        \
     (starts)->count[parameter] = (int)(sizeof(array) / sizeof *(array)))

static void powers_levels(lab_starts *starts)
{
    static const double floors[] = {0.1, 0.4, 0.7, 0.9, 0.98};         /* of the least y */
    static const double shares[] = {0.02, 0.06, 0.15, 0.3, 0.6, 0.95}; /* of the typical y */
    static const double exponents[] = {0.05, 0.2, 0.4, 0.8, 1.6};
    static const double both_signs[] = {-1, -0.3, 0.1, 0.3, 1};
    for (int p = 0; p < starts->law->parameters; p++) {
        const lab_law_parameter *parameter = &starts->law->parameter[p];
        if (parameter->floor)
            SET(starts, p, floors);
        else if (parameter->log)
            SET(starts, p, shares);
        else if (parameter->low < 0)
            SET(starts, p, both_signs);
        else
            SET(starts, p, exponents);
    }
}

static void link_levels(lab_starts *starts)
{
    static const double below[] = {0, -0.1, -0.4, -1};      /* the least y, in ranges of y */
    static const double above[] = {-0.2, 0, 0.1, 0.4, 1.5}; /* the greatest y */
    static const double times[] = {0.5, 1, 2}; /* that k with which the curve meets the mean */
    static const double rates[] = {0.5, 1, 2, 4, 8};                   /* over the range of L */
    static const double places[] = {-0.5, 0, 0.25, 0.5, 0.75, 1, 1.5}; /* of the range of L */
    if (starts->law->kind == LAB_LAW_EXPONENTIAL) {
        SET(starts, 0, above);
        SET(starts, 1, times);
        SET(starts, 2, rates);
    } else {
        SET(starts, 0, below);
        SET(starts, 1, above);
        SET(starts, 2, places);
        SET(starts, 3, rates);
    }
}

void lab_starts_init(lab_starts *starts, const lab_law_rows *rows)
{
    const int features = lab_law_features(rows->law);
    const double far = (double)INFINITY;
    *starts = (lab_starts){
        .law = rows->law, .low = far, .high = -far, .feature_low = far, .feature_high = -far};
    double count = 0;
    for (isize i = 0; i < rows->n; i++) {
        if (rows->weight && rows->weight[i] <= 0) continue;
        const double *feature = rows->feature + i * features;
        bool as_it_is = rows->logs || rows->law->kind != LAB_LAW_POWERS;
        double y = as_it_is ? rows->response[i] : log(rows->response[i]);
        count += 1;
        starts->mean += (y - starts->mean) / count;
        starts->low = fmin(starts->low, y);
        starts->high = fmax(starts->high, y);
        starts->feature_low = fmin(starts->feature_low, feature[0]);
        starts->feature_high = fmax(starts->feature_high, feature[0]);
        for (int t = 0; t < features; t++)
            starts->feature[t] += (feature[t] - starts->feature[t]) / count;
    }
    if (rows->law->kind == LAB_LAW_POWERS)
        powers_levels(starts);
    else
        link_levels(starts);
}

int lab_starts_count(const lab_starts *starts)
{
    int count = 1;
    for (int p = 0; p < starts->law->parameters; p++) count *= starts->count[p];
    return count;
}

static void powers_start(const lab_starts *starts, const double *level, double *theta)
{
    const lab_law *law = starts->law;
    for (int p = 0; p < law->parameters; p++)
        theta[p] = law->parameter[p].floor ? starts->low + log(level[p]) : level[p];
    for (int t = 0; t < law->terms; t++) {
        const lab_law_term *term = &law->term[t];
        if (term->exponent < 0) continue;
        theta[term->coefficient] = starts->mean + log(level[term->coefficient]) -
                                   theta[term->exponent] * starts->feature[t];
    }
}

void lab_starts_at(const lab_starts *starts, int i, double *theta)
{
    const lab_law *law = starts->law;
    double level[LAB_LAW_PARAMETERS] = {0};
    for (int p = law->parameters - 1; p >= 0; p--) {
        level[p] = starts->levels[p][i % starts->count[p]];
        i /= starts->count[p];
    }
    if (law->kind == LAB_LAW_POWERS) {
        powers_start(starts, level, theta);
        return;
    }
    double range = fmax(starts->high - starts->low, 1e-6);
    double width = fmax(starts->feature_high - starts->feature_low, 1e-6);
    if (law->kind == LAB_LAW_EXPONENTIAL) {
        theta[0] = starts->high + level[0] * range;
        theta[2] = level[2] / width;
        theta[1] = log(level[1] * fmax(theta[0] - starts->mean, 0.05 * range)) +
                   theta[2] * starts->feature[0];
    } else {
        theta[0] = starts->low + level[0] * range;
        theta[1] = starts->high + level[1] * range;
        theta[2] = starts->feature_low + level[2] * width;
        theta[3] = level[3] / width;
    }
}
