#include "law/loss.h"
#include <math.h>
#include <string.h>

const char *lab_loss_name(int kind)
{
    static const char *const names[] = {"huber", "squares", "asymmetric"};
    return kind >= 0 && kind < (int)(sizeof names / sizeof *names) ? names[kind] : NULL;
}

/* r^2 / 2 and delta (|r| - delta / 2) at once, as c (r - c / 2) of r held within delta: which side
 * of it a residual lies on no processor could foresee. */
static double huber(double delta, double residual, double *slope)
{
    double held = residual < -delta ? -delta : residual;
    held = held > delta ? delta : held;
    *slope = held;
    return held * (residual - held / 2);
}

double lab_loss_at(const lab_loss *loss, double residual, double *slope)
{
    if (loss->kind == LAB_LOSS_HUBER) return huber(loss->delta, residual, slope);
    if (loss->kind == LAB_LOSS_SQUARES) {
        *slope = residual;
        return residual * residual / 2;
    }
    double factor = residual < 0 ? loss->over : 1, cost;
    if (loss->delta > 0) {
        cost = huber(loss->delta, residual, slope) / loss->delta;
        *slope /= loss->delta;
    } else {
        cost = fabs(residual);
        *slope = residual > 0 ? 1 : residual < 0 ? -1 : 0;
    }
    *slope *= factor;
    return cost * factor;
}

double lab_law_rows_predict(const lab_law_rows *rows, isize i, const double *theta, double *slope)
{
    const lab_law *law = rows->law;
    double at = lab_law_response(law, theta, rows->feature + i * lab_law_features(law), slope);
    if (rows->logs || law->kind != LAB_LAW_POWERS) return at;
    double y = exp(at);
    for (int p = 0; slope && p < law->parameters; p++) slope[p] *= y;
    return y;
}

/* Rows with weight, gathered so that each feature's numbers lie side by side. */
typedef struct {
    int n;
    double feature[LAB_LAW_FEATURES][LAB_LAW_BLOCK];
    double response[LAB_LAW_BLOCK], weight[LAB_LAW_BLOCK];
} block;

/* The next rows from *row on. */
static void gather(block *out, const lab_law_rows *rows, isize *row)
{
    const int features = lab_law_features(rows->law);
    for (out->n = 0; *row < rows->n && out->n < LAB_LAW_BLOCK; ++*row) {
        double weight = rows->weight ? rows->weight[*row] : 1;
        if (weight <= 0) continue;
        for (int t = 0; t < features; t++)
            out->feature[t][out->n] = rows->feature[*row * features + t];
        out->response[out->n] = rows->response[*row];
        out->weight[out->n++] = weight;
    }
}

/* Sums are kept apart for each place of a block until the end: in one order, whatever the compiler
 * does side by side. */
double lab_objective(const lab_law_rows *rows, const lab_loss *loss, const double *theta,
                     double *gradient)
{
    const lab_law *law = rows->law;
    const bool powers_of_y = law->kind == LAB_LAW_POWERS && !rows->logs;
    double slope[LAB_LAW_PARAMETERS][LAB_LAW_BLOCK], at[LAB_LAW_BLOCK];
    double costs[LAB_LAW_BLOCK] = {0}, pulls[LAB_LAW_PARAMETERS][LAB_LAW_BLOCK] = {{0}}, sum = 0;
    block some;
    for (isize row = 0; row < rows->n;) {
        gather(&some, rows, &row);
        lab_law_responses(law, theta, some.feature, some.n, at, gradient ? slope : NULL);
        for (int i = 0; i < some.n; i++) {
            double y = powers_of_y ? exp(at[i]) : at[i], pull;
            costs[i] += some.weight[i] * lab_loss_at(loss, some.response[i] - y, &pull);
            at[i] = some.weight[i] * pull * (powers_of_y ? y : 1);
        }
        for (int p = 0; gradient && p < law->parameters; p++)
            for (int i = 0; i < some.n; i++) pulls[p][i] += at[i] * slope[p][i];
    }
    for (int i = 0; i < LAB_LAW_BLOCK; i++) sum += costs[i];
    for (int p = 0; gradient && p < law->parameters; p++) {
        gradient[p] = 0;
        for (int i = 0; i < LAB_LAW_BLOCK; i++) gradient[p] -= pulls[p][i];
    }
    return sum;
}
