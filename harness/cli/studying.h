/* cli/studying.h - what fit and plan share: how a law is to be fitted, and to what. */
#ifndef LAB_STUDYING_H
#define LAB_STUDYING_H
#include "study/study.h"
#include <argp.h>

enum { LAB_STUDYING_LETS = 16, LAB_STUDYING_FIXES = LAB_LAW_PARAMETERS };

typedef struct {
    const char *fixes[LAB_STUDYING_FIXES];
    lab_sample_let lets[LAB_STUDYING_LETS];
    int let_count, fix_count, draws, starts;
    int loss, residual; /* of their words; -1: the law's own */
    double delta, over, confidence;
    uint64_t seed;
    bool by_setting;
    const lab_study *beside; /* as in lab_study_wish */
} lab_studying;
extern const struct argp lab_studying_argp; /* input: lab_studying */
lab_studying lab_studying_defaults(void);

/* The law of that name; LAB_ERR_CONFIG names the nearest. */
LAB_CHECKED lab_status lab_studying_law(const lab_law **law, const char *name, lab_error *err);
/* Reads the rows of query (SQL, the name of a saved one, or NULL: the law's own) and fits. The
 * caller closes the study. */
LAB_CHECKED lab_status lab_studying_open(lab_study **out, lab_ledger *ledger,
                                         const lab_studying *asked, const lab_law *law,
                                         const char *query, lab_error *err);
#endif
