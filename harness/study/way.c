#include "study/way.h"
#include <string.h>

static const lab_way ways[LAB_WAYS] = {{"attentive", "attentive", "Attentive"},
                                       {"linear", "linear", "Linear"},
                                       {"knn", "k-NN", "k-NN"},
                                       {"lora", "LoRA", "LoRA"},
                                       {"finetune", "fine-tuned", "Fine-tuned"}};

const lab_way *lab_way_at(int i)
{
    return &ways[i];
}

int lab_way_of(const char *kind)
{
    for (int i = 0; i < LAB_WAYS; i++)
        if (strcmp(ways[i].kind, kind) == 0) return i;
    return 0;
}
