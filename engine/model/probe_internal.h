/* model/probe_internal.h - what the parts of a bank of probes share: probe.c (storage, linear
 * heads, the update), probe_attentive.c, probe_norm.c. x [images*tokens, D] throughout; one thread
 * a bank. */
#ifndef VT_PROBE_INTERNAL_H
#define VT_PROBE_INTERNAL_H
#include "model/probe.h"
#include "ops/gemm.h"

/* Where a head's parameters start in its block; bias is read by linear heads alone. */
typedef struct {
    isize query, k, v, classifier, bias;
} vt_probe_layout;

vt_probe_layout vt_probe_layout_of(const vt_bank_options *o);
/* Rows of pooled that one image has: every attention head of every probe head, or the mean alone.
 */
isize vt_probe_poolings(const vt_bank_options *o);

static inline vt_factor vt_probe_plain(const vt_real *data, isize ld)
{
    return (vt_factor){data, ld, VT_N};
}

static inline vt_factor vt_probe_transposed(const vt_real *data, isize ld)
{
    return (vt_factor){data, ld, VT_T};
}

/* Sets mean and rstd for x [rows, D]; without BatchNorm they stay 0 and 1. */
void vt_probe_statistics(vt_bank *bank, const vt_real *x, isize rows, vt_bank_mode mode);
/* (row - mean) rstd, in place, rows_data [rows, D]. */
void vt_probe_normalise(vt_bank *bank, vt_real *rows_data, isize rows);
/* row rstd scale, in place, rows_data [rows, D]. */
void vt_probe_scale(vt_bank *bank, vt_real *rows_data, isize rows, vt_real scale);
/* Takes out of dx [rows, D] what the statistics of x do not let through. */
void vt_probe_through_statistics(vt_bank *bank, const vt_real *x, isize rows, vt_real *dx);

/* From x to logits, and from dlogits to grads, dscore and dpooled. */
void vt_probe_attentive_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode);
void vt_probe_attentive_backward(vt_bank *bank, const vt_real *x, isize images);
#endif
