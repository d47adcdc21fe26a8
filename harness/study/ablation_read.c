#include "study/ablation.h"
#include <string.h>

static const double CONFIDENCE = 0.95;

static void add_row(lab_ablation *ablation, const lab_query *query)
{
    int seed = lab_query_column(query, "seed");
    lab_ablation_add(
        ablation,
        &(lab_arm){.key = lab_query_text(query, lab_query_column(query, "key")),
                   .task = lab_query_text(query, lab_query_column(query, "task")),
                   .context = lab_query_text(query, lab_query_column(query, "context")),
                   .value = lab_query_text(query, lab_query_column(query, "value")),
                   .seed = lab_query_int(query, seed),
                   .seeded = !lab_query_is_null(query, seed),
                   .run = lab_query_text(query, lab_query_column(query, "run")),
                   .outcome = lab_query_text(query, lab_query_column(query, "outcome")),
                   .protocol = lab_query_text(query, lab_query_column(query, "protocol")),
                   .y = lab_query_real(query, lab_query_column(query, "y")),
                   .compares = lab_query_int(query, lab_query_column(query, "compares"))});
}

lab_status lab_ablation_read(lab_ablation **out, lab_ledger *ledger, const lab_ablation_wish *wish,
                             lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_ablation *ablation = NULL;
    *out = NULL;
    lab_ablation_open(&ablation);
    lab_status status = lab_query_open(&query, ledger, "reports", "contrasts", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":sweep", wish->sweep);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
        if (!wish->key ||
            strcmp(wish->key, lab_query_text(query, lab_query_column(query, "key"))) == 0)
            add_row(ablation, query);
    lab_query_close(&query);
    if (status == LAB_OK) {
        lab_ablation_settle(ablation, CONFIDENCE);
        *out = ablation;
        ablation = NULL;
    }
    lab_ablation_close(&ablation);
    return status;
}
