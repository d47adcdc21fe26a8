/* curate/options.h - what a curation is asked to do, and the steps that it has. */
#ifndef VT_CURATE_OPTIONS_H
#define VT_CURATE_OPTIONS_H
#include "data/import.h"

/* VT_STEPS(S) expands S(NAME, "name", "what it does"), in the order of their work. */
#define VT_STEPS(S)                                                                                \
    S(READ, "read", "entries of archives and folders that can be samples")                         \
    S(VERIFY, "verify", "bytes have the SHA-256 that their list declares")                         \
    S(DECODE, "decode", "a whole JPEG of 8 bits, grey or RGB, within the size limits")             \
    S(UNSAFE, "unsafe", "the unsafe score is at most the threshold")                               \
    S(BLUR, "blur", "faces in given boxes are made unrecognisable")                                \
    S(EXACT, "exact", "no other image has the same bytes")                                         \
    S(NEAR, "near", "no other image is the same picture")                                          \
    S(TEST, "test", "no image of a test split is the same picture")                                \
    S(RANK, "rank", "the share with the best alignment score")

#define VT_STEP_ENUM(NAME, name, what) VT_STEP_##NAME,
typedef enum { VT_STEPS(VT_STEP_ENUM) VT_STEP_COUNT } vt_step;
#undef VT_STEP_ENUM

const char *vt_step_name(vt_step step);
const char *vt_step_what(vt_step step);

/* Text is borrowed for the call. */
typedef struct {
    vt_import_options source;  /* what to read, and the new data set's name and folder */
    int skip[VT_STEP_COUNT];   /* 1: leave the step out; READ and DECODE are not left out */
    const char *unsafe_column; /* NULL: leave the step out */
    double unsafe_above;       /* drop beyond that */
    const char *boxes_column;
    const char *score_column;
    double keep;                              /* in (0, 1]: share that ranking keeps */
    int boxes_asked, keep_asked, score_asked; /* 1: a caller named it: its column must be there */
    int workers;
} vt_curate_options;
#endif
