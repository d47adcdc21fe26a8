/* import/role.h - what a column, a tag or a hyperparameter of another program means here. */
#ifndef LAB_ROLE_H
#define LAB_ROLE_H
#include "base/error.h"
#include <stdbool.h>

typedef enum {
    LAB_ROLE_KEY,  /* a hyperparameter, under its own name */
    LAB_ROLE_NAME, /* of the run */
    LAB_ROLE_SEED,
    LAB_ROLE_PARAMS, /* from here to STEPS: numbers above 0, of the whole training */
    LAB_ROLE_PATCHES,
    LAB_ROLE_FLOPS,
    LAB_ROLE_IMAGES,
    LAB_ROLE_STEPS,
    LAB_ROLE_LOSS,   /* the figure val/loss */
    LAB_ROLE_FIGURE, /* split/metric */
    LAB_ROLE_SKIP,
    LAB_ROLE_STEP, /* from here on of files with a row for each point */
    LAB_ROLE_METRIC,
    LAB_ROLE_VALUE,
    LAB_ROLE_SPLIT
} lab_role;

enum { LAB_NAME_MAX = 199, LAB_SPLIT_MAX = 99 };

typedef struct {
    lab_role role;
    char name[LAB_NAME_MAX + 1];   /* of a key, or of a figure's metric */
    char split[LAB_SPLIT_MAX + 1]; /* of a figure */
} lab_meaning;

/* What a person said: FROM=ROLE. */
typedef struct {
    const char *from; /* borrowed; ends at the '=' */
    isize length;
    lab_meaning meaning;
} lab_role_map;

/* Reads "COLUMN=ROLE". LAB_ERR_CONFIG lists the roles. */
LAB_CHECKED lab_status lab_role_map_read(lab_role_map *out, const char *words, lab_error *err);
/* The mapping of that name among count, or NULL. */
const lab_role_map *lab_role_map_find(const lab_role_map *mappings, isize count, const char *name);

/* Whether a tag, or a column without a slash, is short enough for a meaning. */
bool lab_meaning_fits(const char *tag);
/* The meaning of a column by its name alone: run, params, flops, tokens, loss ..., else a key. */
lab_meaning lab_meaning_of(const char *column);
/* The key that a role is kept under, "external.params"; NULL for roles without one. */
const char *lab_role_key(lab_role role);
const char *lab_role_word(lab_role role);
/* "split/metric" in its parts; without a slash the split is empty. */
lab_meaning lab_meaning_figure(const char *tag);
#endif
