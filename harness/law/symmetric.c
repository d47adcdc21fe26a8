#include "law/symmetric.h"
#include "base/base.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { SWEEPS = 60 };

/* Rotates rows and columns p and q of a so that a[p][q] becomes 0, and v's rows along with them. */
static void rotate(double *a, double *v, int n, int p, int q)
{
    double off = a[p * n + q];
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; k++) {
        double kp = a[k * n + p], kq = a[k * n + q];
        a[k * n + p] = c * kp - s * kq;
        a[k * n + q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
        double pk = a[p * n + k], qk = a[q * n + k];
        a[p * n + k] = c * pk - s * qk;
        a[q * n + k] = s * pk + c * qk;
        double vp = v[p * n + k], vq = v[q * n + k];
        v[p * n + k] = c * vp - s * vq;
        v[q * n + k] = s * vp + c * vq;
    }
}

void lab_symmetric_eigen(const double *matrix, int n, double *values, double *vectors)
{
    double a[LAB_SYMMETRIC_MAX * LAB_SYMMETRIC_MAX], v[LAB_SYMMETRIC_MAX * LAB_SYMMETRIC_MAX];
    int order[LAB_SYMMETRIC_MAX];
    LAB_ASSERT(n >= 1 && n <= LAB_SYMMETRIC_MAX);
    memcpy(a, matrix, (size_t)(n * n) * sizeof *a);
    for (int i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool still = true;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                double size = sqrt(fabs(a[p * n + p] * a[q * n + q]));
                if (fabs(a[p * n + q]) <= DBL_EPSILON * size || fabs(a[p * n + q]) < DBL_MIN)
                    continue;
                rotate(a, v, n, p, q);
                still = false;
            }
        if (still) break;
    }
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && a[order[at - 1] * (n + 1)] < a[i * (n + 1)]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (int i = 0; i < n; i++) {
        values[i] = a[order[i] * (n + 1)];
        if (vectors) memcpy(vectors + i * n, v + order[i] * n, (size_t)n * sizeof *v);
    }
}

double lab_symmetric_condition(const double *matrix, int n)
{
    double scaled[LAB_SYMMETRIC_MAX * LAB_SYMMETRIC_MAX], values[LAB_SYMMETRIC_MAX];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double size = sqrt(matrix[i * (n + 1)] * matrix[j * (n + 1)]);
            if (!(size > 0)) return (double)INFINITY;
            scaled[i * n + j] = matrix[i * n + j] / size;
        }
    lab_symmetric_eigen(scaled, n, values, NULL);
    return values[n - 1] > 0 ? sqrt(values[0] / values[n - 1]) : (double)INFINITY;
}
