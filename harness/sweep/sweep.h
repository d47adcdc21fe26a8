/* sweep/sweep.h - a sweep: resolved cells, from a file or from one config.
 *
 * A sweep file is YAML:
 *   name:       demo             else the file's name
 *   question, prediction, decide: sentences, written before any run and kept by the ledger
 *   base:       ../pretrain/x.yaml
 *   set:        {optim.steps: 400}         keys that differ from the base in every cell
 *   grid:       {model.width: [32, 64]}    every combination; the last axis varies fastest
 *   zip:        [{optim.steps: [1, 2], optim.lr_peak: [3, 4]}]   lists that are walked together
 *   list:       [{model.width: 16}, ...]   explicit cells, besides those of grid and zip
 *   seeds:      [0, 1]                     or 2, which is the same
 *   vars:       {per_param: [10, 20]}      axes that are no keys, for derive and where
 *   derive:                                keys that are computed in each cell
 *     optim.steps: per_param * params_trunk / patches_per_step
 *   where:      model.width >= 32          leaves the other cells out; or a list: all must hold
 *   isoflop:                               cells of equal compute: budgets x sizes
 *     budgets:  {logspace: [1e12, 1e13, 3]}   training FLOPs; optim.steps follows from them
 *     sizes:    [{model.width: 32, model.depth: 2}, ...]   or lists that are walked together
 *     lr:       0.003 * pow(model.width / 64, -0.5)        optional: optim.lr_peak
 *     patches_per_param: [2, 200]             optional: other cells are left out
 *     steps_min: 1                            cells of fewer steps are left out
 *   probe:                       one probe cell for each pre-training cell
 *     base:     ../probe/x.yaml
 *     set:      {probe.epochs: 4}
 *     grid:     {data.name: [a, b]}           or one for each combination of these
 *     controls: [untrained, pixels]
 *
 *   stop:       rules that end runs early: sweep/stop.h
 *   paper:      what a paper found, beside which the runs are read: sweep/claim.h
 *
 * Axes stand in the order isoflop, vars, grid, zip, seeds. Wherever a list of values stands, a
 * range may (values.h). derive and where are expressions (expression.h) over config keys, vars,
 * and what the engine says of the cell: params_trunk, params_total, tokens, flops_image,
 * flops_step (also flops_per_step), patches_per_step, and, which depend on optim.steps too,
 * flops_total, images, patches. They are computed in the order that their names ask for; a where
 * as early as it can. An integer key is rounded to the nearest, another number to twelve digits.
 * isoflop makes the var budget_flops, and flops_total comes within half a step of it.
 *
 * A probe cell takes data.*, model.*, seed and train.shards from its pre-training cell, whose
 * hash is its probe.trunk; data.name and data.image_px may be its own. Cells with equal configs are
 * one cell, however they were spelled; it keeps the vars of the first.
 */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H
#include "base/index.h"
#include "config/config.h"
#include "sweep/claim.h"
#include "sweep/stop.h"

#define LAB_SWEEP_CELLS_MAX  10000
#define LAB_SWEEP_DRAFTS_MAX 100000 /* cells before where and before equal ones are one */
#define LAB_SWEEP_VARS_MAX   16
#define LAB_VAR_BYTES        64

typedef struct {
    lab_config config;
    lab_sha256 hash;
    lab_sha256 parent;               /* hash of the pre-training cell; "" where there is none */
    isize parent_cell;               /* its index in this sweep, or -1 */
    double vars[LAB_SWEEP_VARS_MAX]; /* of the sweep's, in their order; NaN in probe cells */
} lab_cell;

/* Combinations that gave a cell which was there already: rounding makes them equal, or a list. */
typedef struct {
    isize count;
    isize cell; /* that the first of them gave */
    double vars[LAB_SWEEP_VARS_MAX];
} lab_equal;

/* A rule of the file, as written, and how many cells it was the first to leave out. */
typedef struct {
    char *rule;
    isize count;
} lab_left_out;

typedef struct {
    char *file; /* NULL: a single run, which is no sweep of the ledger */
    char *name, *text, *question, *prediction, *decision; /* NULL where not given */
    int64_t launched_at;                                  /* unix microseconds; 0: now */
    lab_cell *cells;
    isize count, capacity;
    lab_index by_hash; /* cells */
    lab_equal equal;
    lab_stop stop;
    lab_claims claims;
    char vars[LAB_SWEEP_VARS_MAX][LAB_VAR_BYTES]; /* names */
    int var_count;
    lab_left_out *left_out; /* those that left out any, in the order in which they are looked at */
    int left_out_count;
} lab_sweep;

/* Sizes and exact costs of a config, whatever the number of its steps. */
typedef struct {
    int64_t params_trunk, params_total, tokens, flops_image, flops_step;
} lab_plan;

/* What a sweep asks of the engine: find writes the content hash of the data set of that name to
 * hex[65]; plan tells what a resolved config costs, and may be NULL where no file asks for it. */
typedef struct {
    lab_status (*find)(void *context, const char *name, char *hex, lab_error *err);
    void *context;
    lab_status (*plan)(void *context, const lab_config *config, lab_plan *out, lab_error *err);
} lab_data_source;

/* Reads and expands a sweep file; arguments are "key=value" of the command line. All text is
 * owned by *out, which lab_sweep_finish frees, also after a failure. */
LAB_CHECKED lab_status lab_sweep_read(lab_sweep *out, const char *path, char *const *arguments,
                                      int argument_count, lab_data_source source, lab_error *err);
/* A sweep of one resolved config; parent is the hash of its pre-training cell, or "". */
LAB_CHECKED lab_status lab_sweep_single(lab_sweep *out, const lab_config *config,
                                        const char *parent, lab_data_source source, lab_error *err);
void lab_sweep_finish(lab_sweep *sweep);
/* One more cell, of a hash that is not there yet; borrowed until the next. */
lab_cell *lab_sweep_append(lab_sweep *sweep, const lab_sha256 *hash);
isize lab_sweep_find(const lab_sweep *sweep, const char *hash); /* its place, or -1 */
/* Copies what a probe shares with its trunk: data.*, model.*, seed, train.shards; but data.name and
 * data.image_px only where the probe has set none. */
void lab_sweep_inherit(lab_config *probe, const lab_config *pretrain);
/* Which keys have more than one value among its pre-training cells (among all where there are
 * none): what tells its cells apart. */
void lab_sweep_varying(const lab_sweep *sweep, bool varying[LAB_KEY_COUNT]);
/* Appends "model.width=64 seed=1", of the varying keys. */
void lab_sweep_label(const lab_cell *cell, const bool varying[LAB_KEY_COUNT], lab_text *text);
/* Appends "budget_flops=1e+12 ", of the vars. */
void lab_sweep_label_vars(const lab_sweep *sweep, const double vars[LAB_SWEEP_VARS_MAX],
                          lab_text *text);
/* pretrain, or for probes probe, untrained or pixels: as in the view runs. */
const char *lab_cell_kind(const lab_cell *cell);
/* Its identity in the ledger: of its text and of all its cells. */
lab_sha256 lab_sweep_hash(const lab_sweep *sweep);
#endif
