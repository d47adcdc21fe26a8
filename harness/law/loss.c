#include "law/loss.h"
#include <math.h>
#include <string.h>

const char *lab_loss_name(int kind)
{
    static const char *const names[] = {"huber", "squares", "asymmetric"};
    return kind >= 0 && kind < (int)(sizeof names / sizeof *names) ? names[kind] : NULL;
}

static double huber(double delta, double residual, double *slope)
{
    double size = fabs(residual);
    if (size <= delta) {
        *slope = residual;
        return residual * residual / 2;
    }
    *slope = residual > 0 ? delta : -delta;
    return delta * (size - delta / 2);
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

double lab_objective(const lab_law_rows *rows, const lab_loss *loss, const double *theta,
                     double *gradient)
{
    const int parameters = rows->law->parameters;
    double sum = 0, slope[LAB_LAW_PARAMETERS];
    if (gradient) memset(gradient, 0, (size_t)parameters * sizeof *gradient);
    for (isize i = 0; i < rows->n; i++) {
        double weight = rows->weight ? rows->weight[i] : 1, by_residual;
        if (weight <= 0) continue;
        double predicted = lab_law_rows_predict(rows, i, theta, gradient ? slope : NULL);
        sum += weight * lab_loss_at(loss, rows->response[i] - predicted, &by_residual);
        if (!gradient) continue;
        for (int p = 0; p < parameters; p++) gradient[p] -= weight * by_residual * slope[p];
    }
    return sum;
}
