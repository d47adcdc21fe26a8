/* data/cifar.h - the binary version of CIFAR-10: cifar-10-binary.tar.gz as distributed, or the
 * folder that it unpacks to. */
#ifndef VT_CIFAR_H
#define VT_CIFAR_H
#include "data/source.h"

/* 1 if path is, or holds, data_batch_1.bin: a folder, the folder above it, or a tar. */
int vt_cifar_found(const char *path);
/* Images in the order of data_batch_1.bin .. data_batch_5.bin, test_batch.bin; class names from
 * batches.meta.txt, or "0" .. "9" without it. VT_ERR_FORMAT: a batch is missing, not a whole
 * number of records, or has a label beyond 9. */
VT_CHECKED vt_status vt_cifar_open(vt_source **out, const char *path, vt_error *err);
#endif
