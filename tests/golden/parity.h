/* parity.h - the reference tensors of $PATCHLAW_SHARED/parity (default ../shared/parity).
 *
 * They were made once by another implementation; where the folder is absent the tests say so and
 * are counted as skipped.
 */
#ifndef PARITY_H
#define PARITY_H
#include "model/safetensors.h"

/* NULL when the folder or the file is absent, after check_skip(what, ...). Close it after use. */
vt_safetensors *parity_open(const char *what, const char *file);
/* Reads name into out, failing the test when it is absent or of another size. */
void parity_read(const vt_safetensors *file, const char *name, vt_real *out, isize count);
/* The largest |got - want|, which must be within tolerance. */
void parity_compare(const vt_safetensors *file, const char *name, const vt_real *got, isize count,
                    double tolerance);
#endif
