#include "ops/softmax_xent.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

double vt_softmax_xent(vt_real *dlogits, const vt_real *logits, const int32_t *labels, isize rows,
                       isize classes, vt_real scale)
{
    const vt_kernels *kernels = vt_kernels_now();
    double loss = 0;
    for (isize r = 0; r < rows; r++) {
        isize label = labels[r];
        VT_ASSERT(label >= 0 && label < classes);
        vt_real *d = dlogits + r * classes;
        memmove(d, logits + r * classes, (size_t)classes * sizeof *d);
        isize top = kernels->greatest(d, classes);
        double below = (double)d[top] - (double)d[label];
        kernels->softmax_row(d, classes, classes, 1);
        /* The greatest logit's share is 1 / sum exp(logit - greatest), so its logarithm is safe
         * where that of the label's own share would be log 0. */
        loss += below - log((double)d[top]);
        kernels->scale(d, classes, scale);
        d[label] -= scale;
    }
    return loss;
}

isize vt_logits_rank(const vt_real *logits, isize classes, int32_t label)
{
    VT_ASSERT(label >= 0 && label < classes);
    vt_real own = logits[label];
    isize before = 0;
    for (isize k = 0; k < classes; k++) {
        if (isnan(logits[k])) return classes;
        before += logits[k] > own || (logits[k] == own && k < label);
    }
    return before;
}
