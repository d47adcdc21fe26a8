/* codes/kmeans.h - K centres of patches: k-means++ seeds, then Lloyd's rounds.
 *
 * Seeds as in Arthur and Vassilvitskii (2007): the first is a row drawn evenly, each next one a row
 * drawn with probability in proportion to its squared distance to the nearest centre so far. A
 * round gives each row to its nearest centre and moves each centre to the mean of its rows. A
 * centre without rows takes the row that is farthest from its own; where no row lies off its
 * centre (fewer different rows than centres) it stays and has no code.
 *
 * The result is a pure function of (seed, rows): rows are looked up in blocks of a fixed size, and
 * what is added up is added in the order of the rows, whichever worker does it.
 */
#ifndef VT_KMEANS_H
#define VT_KMEANS_H
#include "codes/codes.h"
#include "par/pool.h"

typedef struct {
    isize n, P, K;    /* rows, 1 .. 2^31 - 1; values of a row; centres */
    int rounds;       /* at most, >= 0; 0 leaves the seeds */
    double tolerance; /* a round that lowers the error by less than this share is the last */
    uint64_t seed;
    int given;           /* 1: centres come in as the seeds, and none are drawn */
    vt_pool *pool;       /* borrowed; NULL: one worker */
    vt_codes_tell *tell; /* after each round; may be NULL */
    void *context;
} vt_kmeans_options;

typedef struct {
    int rounds;       /* that moved the centres */
    isize moved;      /* times that a centre had lost its rows and took a far one */
    double error;     /* mean squared error per value, of the rows to these centres */
    vt_codes_use use; /* of the rows */
} vt_kmeans_result;

/* centres [K, P] from rows [n, P]. Needs memory for n distances and codes. VT_ERR_CANCELLED: tell
 * said so. */
VT_CHECKED vt_status vt_kmeans_learn(vt_real *centres, vt_kmeans_result *result,
                                     const vt_real *rows, const vt_kmeans_options *options,
                                     vt_error *err);
#endif
