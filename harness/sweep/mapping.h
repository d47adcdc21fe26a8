/* sweep/mapping.h - the mappings of a sweep file that are no configs: few keys, known by name. */
#ifndef LAB_MAPPING_H
#define LAB_MAPPING_H
#include "config/config.h"

/* Every pair's key is one of names (the last is NULL), and none comes twice. */
LAB_CHECKED lab_status lab_mapping_check(lab_node mapping, const char *const *names,
                                         lab_error *err);
/* The value of a key, or a node whose yaml is NULL. */
lab_node lab_mapping_find(lab_node mapping, const char *name);
/* A scalar's text, owned by the caller; *out is NULL where the key is not there. */
LAB_CHECKED lab_status lab_mapping_text(char **out, lab_node mapping, const char *name,
                                        lab_error *err);
/* The config that its keys base and set give; base is a path relative to the file. */
LAB_CHECKED lab_status lab_mapping_config(lab_config *out, lab_node mapping, lab_error *err);
#endif
