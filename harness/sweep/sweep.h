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
 *   seeds:      [0, 1]
 *   probe:                       one probe cell for each pre-training cell
 *     base:     ../probe/x.yaml
 *     set:      {probe.epochs: 4}
 *     controls: [untrained, pixels]
 *
 *   stop:       rules that end runs early: sweep/stop.h
 *
 * A probe cell takes data.*, model.*, seed and train.shards from its pre-training cell, whose
 * hash is its probe.trunk. Cells with equal configs are one cell.
 */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H
#include "config/config.h"
#include "sweep/stop.h"

#define LAB_SWEEP_CELLS_MAX 10000

typedef struct {
    lab_config config;
    lab_sha256 hash;
    lab_sha256 parent; /* hash of the pre-training cell; "" where there is none */
    isize parent_cell; /* its index in this sweep, or -1 */
} lab_cell;

typedef struct {
    char *file; /* NULL: a single run, which is no sweep of the ledger */
    char *name, *text, *question, *prediction, *decision; /* NULL where not given */
    lab_cell *cells;
    isize count, capacity;
    lab_stop stop;
} lab_sweep;

/* Writes the content hash of the data set of that name to hex[65]. */
typedef struct {
    lab_status (*find)(void *context, const char *name, char *hex, lab_error *err);
    void *context;
} lab_data_source;

/* Reads and expands a sweep file; arguments are "key=value" of the command line. All text is
 * owned by *out, which lab_sweep_finish frees, also after a failure. */
LAB_CHECKED lab_status lab_sweep_read(lab_sweep *out, const char *path, char *const *arguments,
                                      int argument_count, lab_data_source data, lab_error *err);
/* A sweep of one resolved config; parent is the hash of its pre-training cell, or "". */
LAB_CHECKED lab_status lab_sweep_single(lab_sweep *out, const lab_config *config,
                                        const char *parent, lab_data_source data, lab_error *err);
void lab_sweep_finish(lab_sweep *sweep);
/* Copies what a probe shares with its trunk: data.*, model.*, seed, train.shards. */
void lab_sweep_inherit(lab_config *probe, const lab_config *pretrain);
/* Which keys have more than one value among its pre-training cells (among all where there are
 * none): what tells its cells apart. */
void lab_sweep_varying(const lab_sweep *sweep, bool varying[LAB_KEY_COUNT]);
/* Appends "model.width=64 seed=1", of the varying keys. */
void lab_sweep_label(const lab_cell *cell, const bool varying[LAB_KEY_COUNT], lab_text *text);
/* pretrain, or for probes probe, untrained or pixels: as in the view runs. */
const char *lab_cell_kind(const lab_cell *cell);
/* Its identity in the ledger: of its text and of all its cells. */
lab_sha256 lab_sweep_hash(const lab_sweep *sweep);
#endif
