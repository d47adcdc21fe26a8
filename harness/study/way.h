/* study/way.h - the ways of using a trunk (kind in the view probe_layers), as people call them. */
#ifndef LAB_WAY_H
#define LAB_WAY_H
#include "base/base.h"

typedef struct {
    const char *kind;  /* as in the ledger: attentive, linear, knn, lora, finetune */
    const char *name;  /* before "probe": attentive, linear, k-NN, LoRA, fine-tuned */
    const char *title; /* the same where a title begins */
} lab_way;

enum { LAB_WAYS = 5 };

const lab_way *lab_way_at(int i); /* 0 .. LAB_WAYS - 1 */
/* Its number; that of the first for a kind that is none. */
int lab_way_of(const char *kind);
#endif
