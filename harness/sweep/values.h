/* sweep/values.h - the values of an axis: a list, or a range that stands for one.
 *
 *   [a, b, c]
 *   {linspace: [first, last, count]}   equal differences, both ends included
 *   {logspace: [first, last, count]}   equal quotients, both ends included
 *   {range: [first, last, step]}       the last included where a step ends on it
 *
 * Values that are computed have twelve digits; those of an integer key are rounded to whole
 * numbers.
 */
#ifndef LAB_VALUES_H
#define LAB_VALUES_H
#include "config/config.h"

typedef struct {
    lab_value *items; /* owned */
    int count;        /* at least 1 */
} lab_values;

/* Of the key of that id, or, where it is LAB_KEY_NONE, of a number of one's own that is called
 * name. twice keeps whole numbers that rounding has made equal. */
LAB_CHECKED lab_status lab_values_read(lab_values *out, lab_key_id id, const char *name,
                                       lab_node node, bool twice, lab_error *err);
/* One number, or a list or range of them, of a name of one's own. */
LAB_CHECKED lab_status lab_values_numbers(lab_values *out, const char *name, lab_node node,
                                          lab_error *err);
void lab_values_finish(lab_values *values);

/* A number in plain digits, as a computed value is written: twelve digits, whole for INT. */
lab_short lab_value_number(lab_key_type type, double value);
#endif
