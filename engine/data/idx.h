/* data/idx.h - IDX files, plain or gzipped: the format of MNIST and Fashion-MNIST. */
#ifndef VT_IDX_H
#define VT_IDX_H
#include "data/source.h"

/* 1 if folder holds the four files train-images-idx3-ubyte, train-labels-idx1-ubyte,
 * t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, or any of them, .gz or not. */
int vt_idx_found(const char *folder);
/* Grey images of one size in each split. Classes are those of class_names, or without any (0) 0 to
 * the largest label of the training split. VT_ERR_FORMAT: wrong magic, counts that differ, a file
 * longer or shorter than its header says, a label beyond the classes. */
VT_CHECKED vt_status vt_idx_open(vt_source **out, const char *folder,
                                 const char *const *class_names, isize classes, vt_error *err);
#endif
