/* model/safetensors.h - named tensors in a file, in the safetensors format.
 *
 * Written whole or not at all (base/file.h). What is read comes from outside: every offset is
 * checked before it is used. The file's SHA-256 travels in it, as its first note, "sha256".
 * Format: see the top of safetensors.c.
 */
#ifndef VT_SAFETENSORS_H
#define VT_SAFETENSORS_H
#include "base/error.h"
#include "base/hash.h"

typedef struct {
    const char *name;
    const vt_real *data; /* borrowed */
    isize shape[4];
    int dims; /* 0..4; 0 is a scalar */
} vt_tensor;

typedef struct {
    const char *key, *value; /* text of metadata; no control characters */
} vt_note;

typedef struct {
    const vt_tensor *tensors;
    isize tensor_count;
    const vt_note *notes;
    isize note_count;
} vt_safetensors_content;

/* bytes and sha256 are of the whole file. */
VT_CHECKED vt_status vt_safetensors_write(const char *path, const vt_safetensors_content *content,
                                          isize *bytes, char sha256[VT_SHA256_HEX], vt_error *err);

typedef struct vt_safetensors vt_safetensors; /* a mapped file */

/* VT_ERR_IO: cannot read. VT_ERR_FORMAT: not safetensors, or damaged. */
VT_CHECKED vt_status vt_safetensors_open(vt_safetensors **out, const char *path, vt_error *err);
/* F32, F64, I64 and BOOL are converted; count must be the tensor's number of elements. */
VT_CHECKED vt_status vt_safetensors_read(const vt_safetensors *file, const char *name, vt_real *out,
                                         isize count, vt_error *err);
/* Compares every byte with the note sha256, which must be there. */
VT_CHECKED vt_status vt_safetensors_verify(const vt_safetensors *file, vt_error *err);
/* SHA-256 of the whole file, as it is mapped. */
VT_CHECKED vt_status vt_safetensors_hash(const vt_safetensors *file, char sha256[VT_SHA256_HEX],
                                         vt_error *err);
isize vt_safetensors_count(const vt_safetensors *file, const char *name); /* elements, -1: absent */
const char *vt_safetensors_note(const vt_safetensors *file, const char *key); /* NULL: absent */
void vt_safetensors_close(vt_safetensors **file); /* sets NULL; NULL is fine */
#endif
