/* import/curation.h - what a curation of the engine counted, into the ledger. */
#ifndef LAB_CURATION_H
#define LAB_CURATION_H
#include "ledger/ledger.h"

/* Records FOLDER/funnel.json of a data set: all of it or nothing, and once. *known tells whether
 * the ledger had it. LAB_ERR_MISSING: no such file. LAB_ERR_FORMAT: it is not one. */
LAB_CHECKED lab_status lab_curation_record(lab_ledger *ledger, const char *folder, bool *known,
                                           lab_error *err);
#endif
