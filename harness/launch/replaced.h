/* launch/replaced.h - whether the checkpoint of a finished run is still the one that the ledger
 * knows.
 *
 * What probes read is known by its hash, so a checkpoint that is another one must be noticed before
 * its probes are called done. A file that has another size than the ledger knows, or was changed
 * after the ledger heard of it, is read and compared; `patchlaw doctor --deep` reads all of them.
 */
#ifndef LAB_REPLACED_H
#define LAB_REPLACED_H
#include "base/hash.h"
#include "ledger/ledger.h"

/* Notes the checkpoint that lies in the folder of the run of that hash, where it is another one;
 * *replaced says so. A run that is not done, and a file that is gone or cannot be read, are left to
 * those that want them. */
LAB_CHECKED lab_status lab_record_replaced(lab_ledger *ledger, const char *hash, bool *replaced,
                                           lab_error *err);
#endif
