/* bench/suites.h - what is measured, a function each; all print and keep rows. */
#ifndef BENCH_SUITES_H
#define BENCH_SUITES_H
#include "bench/shape.h"

enum { BENCH_LEAST = 3 };

typedef struct {
    bench_table *table;
    const bench_shape *shapes[BENCH_SHAPE_COUNT]; /* those asked for */
    int shape_count;
    int precisions[2]; /* those asked for: BENCH_FP32, BENCH_BF16 */
    int precision_count;
    int repeats;        /* measurements of a quantity; fewer, but BENCH_LEAST, where they would take
                           longer than `seconds` */
    double seconds;     /* of all repeats of a shape in a precision */
    int workers;        /* of what is compared with one worker */
    const char *photos; /* a folder of JPEGs, or NULL for invented ones */
    const char *python; /* that other programs run in, or NULL for none */
} bench_request;

/* limit: what cores and memory can do at most */
VT_CHECKED vt_status bench_limit(const bench_request *request, vt_error *err);
/* step: images a second and arithmetic of a training step, beside the peak and the products */
VT_CHECKED vt_status bench_step(const bench_request *request, vt_error *err);
/* memory: peak resident bytes of a training process, beyond 16 a parameter */
VT_CHECKED vt_status bench_memory(const bench_request *request, vt_error *err);
/* probe: training probes of every block against the frozen forward alone */
VT_CHECKED vt_status bench_probe(const bench_request *request, vt_error *err);
/* feed: views of JPEGs, beside decoding them whole, and beside Pillow, torchvision and OpenCV */
VT_CHECKED vt_status bench_feed(const bench_request *request, vt_error *err);
/* scaling: time against each extent, and a model of the time on P cores */
VT_CHECKED vt_status bench_scaling(const bench_request *request, vt_error *err);
/* objectives: images a second of each objective's step, beside its own products */
VT_CHECKED vt_status bench_objectives(const bench_request *request, vt_error *err);

/* hold: a data set of ten million images: opening it, its order, its memory */
VT_CHECKED vt_status bench_hold(const bench_request *request, vt_error *err);
/* near: what perceptual hashes find and mistake, and how fast */
VT_CHECKED vt_status bench_near(const bench_request *request, vt_error *err);

/* 1: measure once more; from: when the first began. */
int bench_again(const bench_request *request, int done, double from);
#endif
