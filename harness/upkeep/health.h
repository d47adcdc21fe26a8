/* upkeep/health.h - what may be wrong with a ledger beyond its own rows: its schema, the processes
 * that it believes in, the files that it names. Each check adds a row for each finding. */
#ifndef LAB_HEALTH_H
#define LAB_HEALTH_H
#include "base/table.h"
#include "ledger/ledger.h"

/* Name the columns of their tables, then fill them. */

/* Columns object, problem: what the migrations of this program would have made otherwise. */
LAB_CHECKED lab_status lab_health_schema(lab_table *table, lab_ledger *ledger, lab_error *err);
/* Columns run, state, host, pid, heard: attempts that are open, but whose process is gone. */
LAB_CHECKED lab_status lab_health_stale(lab_table *table, lab_ledger *ledger, lab_error *err);
/* Columns run, file, problem: newest files that are missing, have another size or, where deep,
 * other bytes. */
LAB_CHECKED lab_status lab_health_files(lab_table *table, lab_ledger *ledger, bool deep,
                                        lab_error *err);
/* Columns folder, bytes: of runs that the ledger does not know. */
LAB_CHECKED lab_status lab_health_folders(lab_table *table, lab_ledger *ledger, lab_error *err);
#endif
