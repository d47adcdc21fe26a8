#include "plan/rate.h"
#include "launch/estimate.h"

lab_status lab_plan_rate_read(lab_plan_rate *out, lab_ledger *ledger, lab_error *err)
{
    lab_estimates known = {0};
    double flops = 0, seconds = 0;
    *out = (lab_plan_rate){0};
    lab_status status = lab_estimate_recall(&known, ledger, err);
    for (isize i = 0; i < known.rates.count; i++) {
        const lab_rate *rate = &known.rates.measured[i];
        if (rate->cost.kind != LAB_OF_PRETRAIN || !(rate->core_s > 0)) continue;
        flops += rate->cost.flops;
        seconds += rate->core_s;
        out->runs++;
    }
    if (out->runs) out->flops_core_s = flops / seconds;
    lab_estimate_finish(&known);
    return status;
}
