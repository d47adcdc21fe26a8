/* data/columns.h - what a webdataset's sample says of itself: KEY.json, one object of JSON.
 *
 * Columns go by DataComp's names. Nothing is allocated: each question passes over the text again,
 * which has some hundred bytes. Of a column that stands twice the first counts. NaN and Infinity
 * are taken as values, because Python writes them, and answer no question.
 */
#ifndef VT_COLUMNS_H
#define VT_COLUMNS_H
#include "base/base.h"

enum { VT_COLUMNS_BYTES_MAX = 4 << 20, VT_COLUMNS_BOXES_MAX = 256 };

typedef struct {
    const char *json; /* borrowed */
    isize bytes;
} vt_columns;

typedef struct {
    double left, top, right, bottom; /* as they are written */
} vt_columns_box;

typedef enum {
    VT_COLUMN_ABSENT, /* no such column, or null */
    VT_COLUMN_WRONG,  /* another kind of value */
    VT_COLUMN_FOUND
} vt_column_found;

/* 1: all of it is one object. */
int vt_columns_valid(const vt_columns *columns);
/* A number, or a text that holds one; finite. */
vt_column_found vt_columns_real(const vt_columns *columns, const char *name, double *value);
/* A text, or a number as it is written; cut to room - 1 bytes. Escapes of a JSON text stay. */
vt_column_found vt_columns_text(const vt_columns *columns, const char *name, char *text,
                                isize room);
/* A list of lists of four numbers, or a text that holds one; finite, left <= right, top <= bottom,
 * at most VT_COLUMNS_BOXES_MAX, else WRONG. */
vt_column_found vt_columns_boxes(const vt_columns *columns, const char *name,
                                 vt_columns_box boxes[VT_COLUMNS_BOXES_MAX], isize *count);
#endif
