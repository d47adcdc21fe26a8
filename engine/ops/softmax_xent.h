/* ops/softmax_xent.h - cross-entropy of logits against labels, and the rank of a label. */
#ifndef VT_SOFTMAX_XENT_H
#define VT_SOFTMAX_XENT_H
#include "base/base.h"

/* Returns the sum over rows of -log softmax(logits)[label], in nats, and sets
 * dlogits = scale (softmax(logits) - onehot(label)); with scale 1/rows that is the gradient of the
 * mean. logits, dlogits [rows, classes]; dlogits may be logits. labels [rows], each in
 * 0 .. classes-1 (asserted). Large logits do not overflow; a row with a NaN or +inf gives NaN, a
 * label at -inf gives +inf. */
double vt_softmax_xent(vt_real *dlogits, const vt_real *logits, const int32_t *labels, isize rows,
                       isize classes, vt_real scale);

/* How many classes come before label when logits [classes] are sorted: those with a greater logit,
 * and those with an equal one and a smaller number. So 0 is a correct answer and ties are never
 * decided in the label's favour by chance. A row that holds a NaN ranks nothing: classes. */
isize vt_logits_rank(const vt_real *logits, isize classes, int32_t label);
#endif
