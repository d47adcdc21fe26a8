/* sweep/claim.h - what a paper found, beside which a sweep is read.
 *
 *   paper:
 *     source: AIM, arXiv 2401.08541, table 3b
 *     claims:
 *       - from:       {model.order: raster}      keys of the runs or, where they lack one, of probes
 *         to:         {model.order: random}
 *         attentive:  [77.4, 75.7]               test top-1 in percent of both sides
 *         linear:     [69.5, 65.8]
 *         loss:       [0.31, 0.33]               final causal validation loss
 *         remembered: true                       the numbers were not read, but remembered
 *
 * A claim is of one outcome, so this holds three. attentive is of a head on the frozen trunk or,
 * where tune.method says so, of one that learnt with it. Claims do not belong to a cell's identity.
 */
#ifndef LAB_CLAIM_H
#define LAB_CLAIM_H
#include "config/yaml.h"

typedef struct {
    char *from, *to;     /* JSON objects of keys and their canonical values, as text; owned */
    const char *outcome; /* attentive, linear, loss; static */
    double a, b;         /* of from, of to */
    bool remembered;
} lab_claim;

/* Zeroed is empty. */
typedef struct {
    char *source;    /* owned */
    lab_claim *list; /* owned */
    int count;
} lab_claims;

/* Reads the mapping under paper:. */
LAB_CHECKED lab_status lab_claims_read(lab_claims *out, lab_node mapping, lab_error *err);
void lab_claims_finish(lab_claims *claims);
#endif
