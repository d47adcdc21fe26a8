/* sweep/expansion.h - what the files that expand a sweep share: see expand.c for the order. */
#ifndef LAB_EXPANSION_H
#define LAB_EXPANSION_H
#include "sweep/mapping.h"
#include "sweep/rules.h"
#include "sweep/values.h"

/* Each axis takes at least one key or var of its own. */
enum { LAB_AXES_MAX = LAB_KEY_COUNT + LAB_SWEEP_VARS_MAX };

/* What changes together: one key for grid and seeds, several for a group of zip. */
typedef struct {
    lab_symbol symbols[LAB_KEY_COUNT]; /* keys or vars */
    lab_values lists[LAB_KEY_COUNT];   /* each of length values; owned */
    int symbol_count, values;
    bool zipped; /* with others, so that no value may be dropped */
} lab_axis;

typedef struct {
    lab_sweep *sweep;
    lab_data_source source;
    lab_node root;
    lab_config base, probe;
    bool probed, untrained, pixels;
    lab_axis axes[LAB_AXES_MAX];
    int axis_count, seed_axis; /* seed_axis -1: none */
    lab_axis probe_axes[LAB_KEY_COUNT];
    int probe_axis_count;
    /* Where a key or var was made an axis, or is computed; yaml NULL: nowhere. */
    lab_node axis_of[LAB_SYMBOL_COST], derived_at[LAB_SYMBOL_COST];
    lab_rules rules;
    lab_index data_names;    /* data sets that were asked for */
    lab_sha256 *data_sha256; /* of these; owned */
    lab_index shapes;        /* that the engine has been asked about */
    lab_plan *plans;         /* of these; owned */
} lab_expansion;

/* ---- axes.c ---- */

/* grid, zip, vars and seeds of the file, behind the axes that are there. */
LAB_CHECKED lab_status lab_axes_read(lab_expansion *e, lab_error *err);
lab_axis *lab_axis_add(lab_expansion *e);
/* One more key or var of an axis. */
LAB_CHECKED lab_status lab_axis_key(lab_expansion *e, lab_axis *a, lab_key_id id, lab_node at,
                                    lab_node list, lab_error *err);
LAB_CHECKED lab_status lab_axis_var(lab_expansion *e, lab_axis *a, const char *name, lab_node at,
                                    lab_node list, lab_error *err);
/* One more key of an axis, of that many values, which the caller fills in. */
LAB_CHECKED lab_status lab_axis_column(lab_expansion *e, lab_axis *a, lab_key_id id, lab_node at,
                                       int values, lab_error *err);
/* A group of lists that are walked together. */
LAB_CHECKED lab_status lab_axis_group(lab_expansion *e, lab_axis *a, lab_node group,
                                      lab_error *err);
/* Whether nothing gives values to a key or var yet. */
LAB_CHECKED lab_status lab_axes_check_free(const lab_expansion *e, lab_symbol symbol, lab_node at,
                                           lab_error *err);
void lab_axis_apply(const lab_axis *a, int value, lab_draft *draft);
/* A value of this very file that an axis or derive would overwrite. One of the base is a default,
 * and a listed cell knows no axis but the seeds. */
LAB_CHECKED lab_status lab_axes_check(const lab_expansion *e, const lab_config *config, bool listed,
                                      lab_error *err);
/* The same of an argument of the command line. */
LAB_CHECKED lab_status lab_axes_check_argument(const lab_expansion *e, const char *argument,
                                               lab_error *err);

/* ---- derive.c, isoflop.c: the rules of the file ---- */

LAB_CHECKED lab_status lab_derive_read(lab_expansion *e, lab_error *err);
LAB_CHECKED lab_status lab_derive_add(lab_expansion *e, lab_key_id id, const char *words,
                                      lab_node at, lab_error *err);
/* Comes first: its axes are the outermost, and rules may name its var. */
LAB_CHECKED lab_status lab_isoflop_axes(lab_expansion *e, lab_error *err);
LAB_CHECKED lab_status lab_isoflop_rules(lab_expansion *e, lab_error *err);

/* ---- cells.c ---- */

/* Checks a config and fills in the content hash of its data. */
LAB_CHECKED lab_status lab_cell_resolve(lab_expansion *e, lab_config *config, lab_error *err);
/* What a draft costs, asked once for each shape; the context is the expansion. */
LAB_CHECKED lab_status lab_cell_cost(void *expansion, lab_draft *draft, lab_plan *out,
                                     lab_error *err);
/* Adds a resolved config unless it is there already, and gives its place. */
LAB_CHECKED lab_status lab_cell_put(lab_sweep *sweep, const lab_draft *draft, isize parent,
                                    isize *index, lab_error *err);
/* The pre-training cell of a draft, if the rules keep it, and its probes. */
LAB_CHECKED lab_status lab_cell_add(lab_expansion *e, lab_draft *draft, lab_error *err);

/* ---- probes.c ---- */

/* Keys that do nothing in a probe must not make two cells of one result: they become their
 * defaults. */
void lab_probe_settle(lab_config *config);
LAB_CHECKED lab_status lab_probes_read(lab_expansion *e, lab_error *err);
/* The probe cells of a pre-training cell, which is that of index. */
LAB_CHECKED lab_status lab_probes_put(lab_expansion *e, const lab_config *pretrain, isize index,
                                      lab_error *err);
#endif
