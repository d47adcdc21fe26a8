#include "law/chain.h"
#include "base/heap.h"
#include "stats/resample.h"
#include <math.h>

void lab_chain_at(lab_chained *at, const lab_chain *chain, lab_draws_function *function,
                  const void *context, double confidence)
{
    const lab_draws *first = chain->first, *link = chain->link;
    const int count = first->count < link->count ? first->count : link->count;
    double *mean = lab_heap_take(2 * count * (isize)sizeof *mean), *run = mean + count;
    int kept = 0;
    LAB_ASSERT(link->law->columns == 1);
    *at = (lab_chained){.first = function(context, chain->theta)};
    at->y = lab_law_predict(link->law, chain->link_theta, &at->first);
    for (int d = 0; d < count; d++) {
        const double *theta = link->theta + d * link->law->parameters;
        double y = function(context, first->theta + d * first->law->parameters);
        if (isnan(y) || lab_draws_lost(link, d)) continue;
        double reached = chain->logs ? y * exp(first->rest[d]) : y + first->rest[d];
        mean[kept] = lab_law_predict(link->law, theta, &y);
        run[kept++] = lab_law_predict(link->law, theta, &reached) + link->rest[d];
    }
    at->lost = count - kept;
    at->mean = at->run = (lab_interval){(double)NAN, (double)NAN};
    if (kept > 1) {
        at->mean = lab_resample_percentiles(mean, kept, confidence);
        at->run = lab_resample_percentiles(run, kept, confidence);
    }
    lab_heap_free(mean);
}
