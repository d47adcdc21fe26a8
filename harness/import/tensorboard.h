/* import/tensorboard.h - runs of other programs from TensorBoard's event files.
 *
 * As in TensorBoard, a folder that holds event files (*tfevents*) is a run, named by its path below
 * the folder that was given (that folder itself by its own name, or by wish->name, under which the
 * others are then, too). Its files are read in the order of their names. Scalars become points:
 * a tag split/metric is parted at its first slash. Hyperparameters of the hparams plugin become
 * keys. A step that is logged again takes the later value.
 */
#ifndef LAB_IMPORT_TENSORBOARD_H
#define LAB_IMPORT_TENSORBOARD_H
#include "import/runs.h"

/* Takes all runs below path, a folder or one event file, in one transaction, or nothing. A last
 * record that is not whole is said and left out. LAB_ERR_MISSING: no event file there.
 * LAB_ERR_FORMAT: a damaged one, with the offset. LAB_ERR_CONFIG: a mapping names nothing that is
 * there, or a run of that name came from another folder. */
LAB_CHECKED lab_status lab_import_tensorboard(lab_ledger *ledger, const char *path,
                                              const lab_import_wish *wish, lab_imported_runs *out,
                                              lab_error *err);
#endif
