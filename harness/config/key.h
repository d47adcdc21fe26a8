/* config/key.h - the table of configuration keys (wire/keys.h) as data, and what a value may be. */
#ifndef LAB_KEY_H
#define LAB_KEY_H
#include "base/error.h"
#include "base/text.h"
#include "wire/keys.h"

#define LAB_KEY_ENUM(type, field, ...) LAB_KEY_##field,
typedef enum { WIRE_KEYS(LAB_KEY_ENUM) LAB_KEY_COUNT, LAB_KEY_NONE = -1 } lab_key_id;
#undef LAB_KEY_ENUM

typedef enum {
    LAB_TYPE_INT,
    LAB_TYPE_REAL,
    LAB_TYPE_FLAG,
    LAB_TYPE_TEXT,
    LAB_TYPE_CHOICE,
    LAB_TYPE_REALS
} lab_key_type;
typedef enum {
    LAB_TASK_PRETRAIN = WIRE_PRETRAIN,
    LAB_TASK_PROBE = WIRE_PROBE,
    LAB_TASK_BOTH = WIRE_BOTH
} lab_task;

typedef struct {
    lab_key_type type;
    const char *name;
    lab_task task;
    bool optional;               /* no line of a resolved config where it is the default */
    const char *unit, *fallback; /* fallback: the default, in canonical spelling */
    double min, max;
    const char *choices, *help;
} lab_key;

#define LAB_VALUE_MAX 448 /* bytes of a canonical value, NUL included: sixteen reals */

const lab_key *lab_key_at(lab_key_id id);
/* By name of that length, or LAB_KEY_NONE. */
lab_key_id lab_key_find(const char *name);
/* The i-th key in the byte order of the names. */
lab_key_id lab_key_sorted(int i);
/* The name that a mistyped one most likely means, or NULL where none is near. */
const char *lab_key_nearest(const char *name);
/* What a value of the key may be, in words: "an integer from 1 to 1024, in blocks". */
void lab_key_describe(const lab_key *key, lab_text *text);
/* Writes the canonical spelling of words. LAB_ERR_CONFIG with a sentence that starts with the
 * key's name and holds words and what is wanted instead. */
LAB_CHECKED lab_status lab_key_parse(const lab_key *key, const char *words, char out[LAB_VALUE_MAX],
                                     lab_error *err);
#endif
