/* core_fixture.h - inputs for the tests of the engine's core: numbers, configs, a tiny data set.
 *
 * What cannot be made fails the running test's assertion; the rest of it then means nothing.
 */
#ifndef CORE_FIXTURE_H
#define CORE_FIXTURE_H
#include "data_fixture.h"
#include "objective/aim.h"
#include "train/trainer.h"

enum { CORE_TEXT = 1 << 14, CORE_PX = 8 };

/* The bound that goes with the flavour's vt_real. */
double core_bound(double single_precision, double double_precision);
/* Normal numbers, the same for the same seed. */
void core_fill(vt_real *out, isize count, uint64_t seed);
/* x rounded to bf16, to nearest and ties to even. */
double core_bf16(double x);
double core_wide(vt_bf16 x);                                    /* the number that it is */
int core_same(const vt_real *a, const vt_real *b, isize count); /* byte for byte */

/* The plain forms that layers are compared with, in double precision. */
void core_norm(double *y, const double *x, const vt_real *weight, const vt_real *bias, int count);
/* y[o] += sum over i of w[o, i] x[i] */
void core_product(double *y, const vt_real *w, const double *x, int rows, int cols);
/* The values of the parameter whose name is format with l in it; it must be there. */
const vt_real *core_named(const vt_params *params, const char *format, int l);

/* 1 where act ends in a broken contract; it runs in a child process that says nothing. */
int core_aborts(void (*act)(void));

typedef struct {
    const char *key;
    const char *value; /* NULL: the line is left out */
} core_setting;

/* The resolved config of "pretrain" or "probe": every key of it, sorted by name, with its default,
 * or with the setting's value as it stands. settings end with a NULL key. Returns its bytes. */
isize core_config_text(char text[CORE_TEXT], const char *task, const core_setting *settings);
/* A pre-training config small enough for tests, with settings (or NULL) put over it. */
vt_config core_config(const core_setting *settings);

/* Nine tokens of four grey pixels, two blocks and two of the head's; as a config too. */
vt_aim_shape core_shape(void);
vt_config core_shape_config(const vt_aim_shape *shape);
/* Sets a CHOICE. */
void core_choose(char *key, const char *choice);

/* A data set of smooth 8 x 8 grey images: 23 to train, 6 to test. */
typedef struct {
    char folder[FIXTURE_PATH];
    vt_dataset *dataset;
} core_data;
void core_data_open(core_data *out);
void core_data_close(core_data *data);

/* A trainer at step 0. */
void core_trainer_open(vt_trainer *out, const vt_config *config, const core_data *data,
                       vt_pool *pool);
vt_step_result core_step(vt_trainer *trainer);
#endif
