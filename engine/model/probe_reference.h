/* model/probe_reference.h - one attentive probe head in its plain form, to compare probe.h with.
 *
 * It normalises every token, makes its k and v, and follows the textbook chain rule backwards, in
 * double and in simple loops: slow, O(T D^2) an image, and shares no code with probe.c.
 */
#ifndef VT_PROBE_REFERENCE_H
#define VT_PROBE_REFERENCE_H
#include "base/arena.h"

typedef struct {
    isize images, tokens, width, heads, classes; /* B, T, D, H, K */
} vt_probe_shape;

/* Carved from an arena; every field may be read. */
typedef struct {
    vt_probe_shape shape;
    double *mean, *var;                   /* [D] that tokens are normalised by */
    double *x, *k, *v;                    /* [B*T, D] normalised tokens, keys, values */
    double *score, *dscore;               /* [B, H, T] after softmax */
    double *out, *dout;                   /* [B, D] */
    double *logits;                       /* [B, K] */
    double *dk, *dv;                      /* [B*T, D] */
    double *dquery, *dwk, *dwv, *dlinear; /* [D], [D, D], [D, D], [K, D] */
} vt_probe_reference;

void vt_probe_reference_plan(vt_probe_reference *reference, const vt_probe_shape *shape,
                             vt_arena *arena);
/* Sets mean and biased var from x [B*T, D]. Without it the caller sets them. */
void vt_probe_reference_measure(vt_probe_reference *reference, const vt_real *x);
/* logits of x [B*T, D]; head as in probe.h: query | k | v | linear. */
void vt_probe_reference_forward(vt_probe_reference *reference, const vt_real *x,
                                const vt_real *head);
/* Gradients (overwritten) from dlogits [B, K], after forward with the same head. */
void vt_probe_reference_backward(vt_probe_reference *reference, const double *dlogits,
                                 const vt_real *head);
#endif
