/* base/embedded.h - what is built into the program: the files of sql/ and reports/assets/, and what
 * the comments of sql/ say about the ledger's schema.
 *
 * tests/tidy/embed.awk writes both tables. A file's kind and name come from its path:
 *   sql/queries/attempt/claim.sql   kind "queries", name "attempt_claim"
 *   sql/views/runs.sql              kind "views",   name "runs"
 *   reports/assets/uplot.js         kind "js",      name "uplot.js"
 */
#ifndef LAB_EMBEDDED_H
#define LAB_EMBEDDED_H
#include "base/base.h"

typedef struct {
    const char *kind, *name, *text;
} lab_embedded;

extern const lab_embedded lab_sql[];    /* sorted by path; the last has kind NULL */
extern const lab_embedded lab_assets[]; /* the same */

/* Comments: kind is a table or view, name its column. Name "" says what a row is; of a view, "?" is
 * a question and "=" its SQL; "<", several times, what it reads. tests/tidy/schema.awk writes it.
 */
extern const lab_embedded lab_schema[];

/* The entry of that kind and name, or NULL. */
const lab_embedded *lab_embedded_find(const lab_embedded *table, const char *kind,
                                      const char *name);
#endif
