/* study/ablation.h - all contrasts of a ledger: what each key does to each outcome, all else equal
 * but the seed.
 *
 *     lab_ablation *ablation = NULL;
 *     status = lab_ablation_read(&ablation, ledger, &(lab_ablation_wish){.key = "model.width"},
 * err); for (isize i = 0; status == LAB_OK && i < lab_ablation_count(ablation); i++)
 *         ... lab_ablation_at(ablation, i) ...
 *     lab_ablation_close(&ablation);
 *
 * Contrasts stand by key, outcome, protocol, values and context. Of more than 24 values in one
 * context only neighbours are compared, and each with the first: lab_ablation_left_out tells of it.
 *
 * Where the same two values were compared in several contexts (the other keys at other values) of
 * one protocol, one contrast over all of these stands before them, of the pairs that share a seed,
 * by lab_contrast_pool; outcomes of different protocols do not compare, and no mean is over them.
 * p is adjusted (Holm) within its family: the tests of one key and one outcome that are the last
 * word on their values, over all contexts of a protocol or in its only one; tests of one context
 * among several are a family of their own, lest they take the power of the former.
 *
 * The same arms, in any order, give the same digits, for any number of workers.
 */
#ifndef LAB_ABLATION_H
#define LAB_ABLATION_H
#include "ledger/ledger.h"
#include "study/contrast.h"

typedef struct lab_ablation lab_ablation;

typedef struct {
    const char *sweep, *key; /* only those; NULL: all */
} lab_ablation_wish;

/* By sql/reports/contrasts.sql. */
LAB_CHECKED lab_status lab_ablation_read(lab_ablation **out, lab_ledger *ledger,
                                         const lab_ablation_wish *wish, lab_error *err);

/* The same by hand: open, add copies of arms (one whose y is not finite is left out), then settle,
 * once. */
void lab_ablation_open(lab_ablation **out);
void lab_ablation_add(lab_ablation *ablation, const lab_arm *arm);
void lab_ablation_settle(lab_ablation *ablation, double confidence);

void lab_ablation_close(lab_ablation **ablation); /* sets NULL; NULL is fine */

/* Adds what takes milliseconds each (lab_contrast_weigh): of all, or of those with wanted[i]. */
void lab_ablation_weigh(lab_ablation *ablation, const bool *wanted);

/* How many comparisons are not made, and why, as a sentence without its stop; takes the place of
 * what out holds, "" where all are made. */
void lab_ablation_left_out(lab_text *out, const lab_ablation *ablation);

isize lab_ablation_count(const lab_ablation *ablation);
const lab_contrast *lab_ablation_at(const lab_ablation *ablation, isize i);
#endif
