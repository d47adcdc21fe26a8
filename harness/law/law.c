#include "law/law.h"
#include <math.h>
#include <string.h>

#define NONE ((double)NAN)

/* Coefficients are positive, so they are fitted as logarithms; these bounds only keep exp finite.
 */
#define COEFFICIENT(letter, words)                                                                 \
    {                                                                                              \
        .name = (letter), .about = (words), .log = true, .low = -300, .high = 300,                 \
        .plausible_low = NONE, .plausible_high = NONE                                              \
    }
/* Twelve orders of magnitude below the least y is no floor at all. */
#define FLOOR(letter)                                                                              \
    {                                                                                              \
        .name = (letter), .about = "what remains without end", .log = true, .floor = true,         \
        .low = -27.6, .high = 0, .plausible_low = NONE, .plausible_high = NONE                     \
    }
#define EXPONENT(letter, words)                                                                    \
    {                                                                                              \
        .name = (letter), .about = (words), .low = 0, .high = 8, .plausible_low = 0.05,            \
        .plausible_high = 1.5                                                                      \
    }

static const lab_law laws[] = {
    {.name = "chinchilla",
     .formula = "L = E + A N^-alpha + B D^-beta",
     .about = "loss by parameters and data",
     .columns = 2,
     .column = {"N", "D"},
     .response = "L",
     .parameters = 5,
     .parameter = {FLOOR("E"), COEFFICIENT("A", "of parameters, at N = 1"),
                   COEFFICIENT("B", "of data, at D = 1"), EXPONENT("alpha", "of parameters"),
                   EXPONENT("beta", "of data")},
     .terms = 3,
     .term = {{.coefficient = 0, .exponent = -1},
              {.coefficient = 1, .exponent = 3, .weight = {-1, 0}},
              {.coefficient = 2, .exponent = 4, .weight = {0, -1}}}},
    {.name = "power",
     .formula = "y = A x^b",
     .about = "a straight line in log-log",
     .columns = 1,
     .column = {"x"},
     .response = "y",
     .parameters = 2,
     .parameter = {COEFFICIENT("A", "y at x = 1"),
                   {.name = "b",
                    .about = "of x",
                    .low = -8,
                    .high = 8,
                    .plausible_low = NONE,
                    .plausible_high = NONE}},
     .terms = 1,
     .term = {{.coefficient = 0, .exponent = 1, .weight = {1}}}},
    {.name = "offset",
     .formula = "y = E + A x^-b",
     .about = "a power law above a floor",
     .columns = 1,
     .column = {"x"},
     .response = "y",
     .parameters = 3,
     .parameter = {FLOOR("E"), COEFFICIENT("A", "y - E at x = 1"), EXPONENT("b", "of x")},
     .terms = 2,
     .term = {{.coefficient = 0, .exponent = -1},
              {.coefficient = 1, .exponent = 2, .weight = {-1}}}},
    {.name = "overtrained",
     .formula = "L = E + (a M^eta + b M^-eta) C^-eta",
     .about = "loss by compute C and tokens a parameter M = D / N",
     .columns = 2,
     .column = {"M", "C"},
     .response = "L",
     .parameters = 4,
     .parameter = {FLOOR("E"), COEFFICIENT("a", "of too few parameters"),
                   COEFFICIENT("b", "of too few data"), EXPONENT("eta", "of compute")},
     .terms = 3,
     .term = {{.coefficient = 0, .exponent = -1},
              {.coefficient = 1, .exponent = 3, .weight = {1, -1}},
              {.coefficient = 2, .exponent = 3, .weight = {-1, -1}}}},
    {.name = "exponential",
     .formula = "err = eps - k exp(-g L)",
     .about = "error by loss, saturating at eps",
     .kind = LAB_LAW_EXPONENTIAL,
     .columns = 1,
     .column = {"L"},
     .response = "err",
     .parameters = 3,
     .parameter = {{.name = "eps",
                    .about = "error of a model that knows nothing",
                    .low = -10,
                    .high = 10,
                    .plausible_low = 0,
                    .plausible_high = 1},
                   COEFFICIENT("k", "depth of the fall"),
                   {.name = "g",
                    .about = "how fast",
                    .low = 1e-3,
                    .high = 100,
                    .plausible_low = NONE,
                    .plausible_high = NONE}}},
    {.name = "sigmoid",
     .formula = "err = low + (high - low) / (1 + exp(-s (L - L0)))",
     .about = "error by loss, between what no model beats and chance",
     .kind = LAB_LAW_SIGMOID,
     .columns = 1,
     .column = {"L"},
     .response = "err",
     .parameters = 4,
     .parameter = {{.name = "low",
                    .about = "error that no model beats",
                    .low = 0,
                    .high = 100,
                    .plausible_low = 0,
                    .plausible_high = 1},
                   {.name = "high",
                    .about = "error of a model that knows nothing",
                    .low = 0,
                    .high = 100,
                    .plausible_low = 0,
                    .plausible_high = 1},
                   {.name = "L0",
                    .about = "loss half way",
                    .low = -100,
                    .high = 100,
                    .plausible_low = NONE,
                    .plausible_high = NONE},
                   {.name = "s",
                    .about = "steepness",
                    .low = 1e-3,
                    .high = 1000,
                    .plausible_low = NONE,
                    .plausible_high = NONE}}},
};
enum { LAWS = sizeof laws / sizeof *laws };

const lab_law *lab_law_at(int i)
{
    return i >= 0 && i < LAWS ? &laws[i] : NULL;
}

const lab_law *lab_law_find(const char *name)
{
    for (int i = 0; i < LAWS; i++)
        if (strcmp(laws[i].name, name) == 0) return &laws[i];
    return NULL;
}

int lab_law_parameter_find(const lab_law *law, const char *name)
{
    for (int i = 0; i < law->parameters; i++)
        if (strcmp(law->parameter[i].name, name) == 0) return i;
    return -1;
}

int lab_law_features(const lab_law *law)
{
    return law->kind == LAB_LAW_POWERS ? law->terms : law->columns;
}

void lab_law_feature(const lab_law *law, const double *x, double *feature)
{
    if (law->kind != LAB_LAW_POWERS) {
        memcpy(feature, x, (size_t)law->columns * sizeof *x);
        return;
    }
    for (int t = 0; t < law->terms; t++) {
        feature[t] = 0;
        for (int k = 0; k < law->columns; k++)
            if (fabs(law->term[t].weight[k]) > 0) feature[t] += law->term[t].weight[k] * log(x[k]);
    }
}

/* log y = logsumexp over terms of z_t, z_t = theta[coefficient] + theta[exponent] feature_t. */
static void powers(const lab_law *law, const double *theta, double feature[][LAB_LAW_BLOCK], int n,
                   double *response, double slope[][LAB_LAW_BLOCK])
{
    double part[LAB_LAW_TERMS][LAB_LAW_BLOCK], highest[LAB_LAW_BLOCK], sum[LAB_LAW_BLOCK];
    double known = 0; /* NaN where a parameter is none: comparisons below would pass over it */
    for (int p = 0; p < law->parameters; p++) known += 0 * theta[p];
    for (int i = 0; i < n; i++) {
        highest[i] = -(double)INFINITY;
        sum[i] = 0;
    }
    for (int t = 0; t < law->terms; t++) {
        const lab_law_term *term = &law->term[t];
        const double first = theta[term->coefficient];
        const double rise = term->exponent >= 0 ? theta[term->exponent] : 0;
        for (int i = 0; i < n; i++) {
            part[t][i] = first + rise * feature[t][i];
            highest[i] = part[t][i] > highest[i] ? part[t][i] : highest[i];
        }
    }
    for (int t = 0; t < law->terms; t++)
        for (int i = 0; i < n; i++)
            sum[i] += part[t][i] = part[t][i] < highest[i] ? exp(part[t][i] - highest[i]) : 1;
    for (int i = 0; i < n; i++) response[i] = highest[i] + log(sum[i]) + known;
    if (!slope) return;
    for (int i = 0; i < n; i++) sum[i] = 1 / sum[i];
    for (int p = 0; p < law->parameters; p++)
        for (int i = 0; i < n; i++) slope[p][i] = 0;
    for (int t = 0; t < law->terms; t++) {
        const lab_law_term *term = &law->term[t];
        double *first = slope[term->coefficient];
        for (int i = 0; i < n; i++) first[i] += part[t][i] *= sum[i];
        if (term->exponent < 0) continue;
        double *rise = slope[term->exponent];
        for (int i = 0; i < n; i++) rise[i] += part[t][i] * feature[t][i];
    }
}

static double exponential(const double *theta, double loss, double *slope)
{
    double fall = exp(theta[1] - theta[2] * loss);
    if (slope) {
        slope[0] = 1;
        slope[1] = -fall;
        slope[2] = fall * loss;
    }
    return theta[0] - fall;
}

static double sigmoid(const double *theta, double loss, double *slope)
{
    double low = theta[0], high = theta[1], part = 1 / (1 + exp(-theta[3] * (loss - theta[2])));
    double steep = (high - low) * part * (1 - part);
    if (slope) {
        slope[0] = 1 - part;
        slope[1] = part;
        slope[2] = -steep * theta[3];
        slope[3] = steep * (loss - theta[2]);
    }
    return low + (high - low) * part;
}

void lab_law_responses(const lab_law *law, const double *theta, double feature[][LAB_LAW_BLOCK],
                       int n, double *response, double slope[][LAB_LAW_BLOCK])
{
    if (law->kind == LAB_LAW_POWERS) {
        powers(law, theta, feature, n, response, slope);
        return;
    }
    for (int i = 0; i < n; i++) {
        double one[LAB_LAW_PARAMETERS] = {0};
        response[i] = law->kind == LAB_LAW_EXPONENTIAL ? exponential(theta, feature[0][i], one)
                                                       : sigmoid(theta, feature[0][i], one);
        for (int p = 0; slope && p < law->parameters; p++) slope[p][i] = one[p];
    }
}

double lab_law_response(const lab_law *law, const double *theta, const double *feature,
                        double *slope)
{
    double features[LAB_LAW_FEATURES][LAB_LAW_BLOCK], slopes[LAB_LAW_PARAMETERS][LAB_LAW_BLOCK];
    double response;
    const int count = lab_law_features(law);
    for (int t = 0; t < LAB_LAW_FEATURES; t++) features[t][0] = t < count ? feature[t] : 0;
    lab_law_responses(law, theta, features, 1, &response, slope ? slopes : NULL);
    for (int p = 0; slope && p < law->parameters; p++) slope[p] = slopes[p][0];
    return response;
}

double lab_law_predict(const lab_law *law, const double *theta, const double *x)
{
    double feature[LAB_LAW_FEATURES];
    lab_law_feature(law, x, feature);
    double response = lab_law_response(law, theta, feature, NULL);
    return law->kind == LAB_LAW_POWERS ? exp(response) : response;
}

double lab_law_value(const lab_law *law, int parameter, double theta)
{
    return law->parameter[parameter].log ? exp(theta) : theta;
}

double lab_law_theta(const lab_law *law, int parameter, double value)
{
    return law->parameter[parameter].log ? log(value) : value;
}
