/* law/law.h - the functional forms that can be fitted, as one table of plain data.
 *
 * A form says how a response y depends on one to three columns x through a few parameters. Most are
 * sums of powers,
 *     y = sum over terms of  c_t prod_k x_k^(p_t w_tk),
 * where a term names which parameter is its coefficient c_t, which its exponent p_t (none: a
 * constant), and the fixed weights w. Links from loss to error have formulas of their own.
 *
 * theta is what is fitted, value what people read: value = exp(theta) where the parameter says log.
 *
 * To add a sum of powers: a line in the table of law.c.
 *
 * Sources: chinchilla Hoffmann et al., arXiv:2203.15556, eq. 2 and appendix D; overtrained Gadre et
 * al., arXiv:2403.08540, eq. 4; exponential there, eq. 5; sigmoid Grattafiori et al.,
 * arXiv:2407.21783, section 3.2.1.
 */
#ifndef LAB_LAW_H
#define LAB_LAW_H
#include "base/base.h"

enum { LAB_LAW_COLUMNS = 3, LAB_LAW_TERMS = 3, LAB_LAW_FEATURES = 3, LAB_LAW_PARAMETERS = 6 };

typedef struct {
    const char *name;  /* as it is shown and told: "alpha" */
    const char *about; /* half a sentence */
    bool log;          /* theta is log value */
    bool floor;        /* what remains at x without end: lies in (0, min y] */
    double low, high;  /* of theta; a fit stays inside. Of a floor: relative to log min y */
    /* of value: a fit outside is not believed; NaN: no such bound */
    double plausible_low, plausible_high;
} lab_law_parameter;

typedef struct {
    int coefficient; /* index of a parameter with log */
    int exponent;    /* index of a parameter, or -1 */
    double weight[LAB_LAW_COLUMNS];
} lab_law_term;

typedef enum { LAB_LAW_POWERS, LAB_LAW_EXPONENTIAL, LAB_LAW_SIGMOID } lab_law_kind;

typedef struct {
    const char *name, *formula, *about;
    lab_law_kind kind;
    int columns;
    const char *column[LAB_LAW_COLUMNS]; /* the names of x */
    const char *response;                /* the name of y */
    int parameters;
    lab_law_parameter parameter[LAB_LAW_PARAMETERS];
    int terms; /* of sums of powers, else 0 */
    lab_law_term term[LAB_LAW_TERMS];
} lab_law;

const lab_law *lab_law_at(int i);              /* the i-th from 0; NULL behind the last */
const lab_law *lab_law_find(const char *name); /* NULL: none of that name */
int lab_law_parameter_find(const lab_law *law, const char *name); /* -1: none */

/* What a form reads of a row: for each term sum_k w_tk log x_k; of links x itself. Doubles a row:
 * lab_law_features. */
int lab_law_features(const lab_law *law);
void lab_law_feature(const lab_law *law, const double *x, double *feature);

/* log y of a sum of powers, else y, of one row, and its derivatives by theta [parameters], NULL:
 * none. */
double lab_law_response(const lab_law *law, const double *theta, const double *feature,
                        double *slope);
/* The same of n <= LAB_LAW_BLOCK rows, each feature's and each parameter's numbers side by side:
 * what fits spend their time in. */
enum { LAB_LAW_BLOCK = 32 };
void lab_law_responses(const lab_law *law, const double *theta, double feature[][LAB_LAW_BLOCK],
                       int n, double *response, double slope[][LAB_LAW_BLOCK]);
/* y at one row of x [columns]. */
double lab_law_predict(const lab_law *law, const double *theta, const double *x);

double lab_law_value(const lab_law *law, int parameter, double theta);
double lab_law_theta(const lab_law *law, int parameter, double value);
#endif
