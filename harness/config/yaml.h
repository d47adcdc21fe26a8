/* config/yaml.h - one YAML document as a tree whose every node knows its line and column. */
#ifndef LAB_YAML_H
#define LAB_YAML_H
#include "base/error.h"
#include "base/text.h"

#define LAB_YAML_MIB_MAX 1 /* larger files are no configs */

typedef struct lab_yaml lab_yaml;
typedef enum { LAB_NODE_SCALAR, LAB_NODE_LIST, LAB_NODE_MAPPING } lab_node_kind;
/* A place in a document; borrowed until the document is closed. */
typedef struct {
    const lab_yaml *yaml;
    int id;
} lab_node;

/* Reads a file of one document whose root is a mapping. LAB_ERR_IO, LAB_ERR_MISSING (no such
 * file), LAB_ERR_CONFIG ("FILE:LINE:COLUMN: ..."). */
LAB_CHECKED lab_status lab_yaml_open(lab_yaml **out, const char *path, lab_error *err);
/* The same from memory; name stands for the file in messages. */
LAB_CHECKED lab_status lab_yaml_parse(lab_yaml **out, const char *name, const char *text,
                                      isize bytes, lab_error *err);
void lab_yaml_close(lab_yaml **yaml); /* sets NULL; NULL is fine */
lab_node lab_yaml_root(const lab_yaml *yaml);
const char *lab_yaml_name(const lab_yaml *yaml);   /* path or name, as given */
const char *lab_yaml_source(const lab_yaml *yaml); /* the text, whole */

lab_node_kind lab_node_is(lab_node node);
const char *lab_node_text(lab_node scalar); /* holds no NUL but its last */
bool lab_node_empty(lab_node node);         /* a scalar without text and without quotes */
int lab_node_count(lab_node node);          /* items of a list, pairs of a mapping, 0 */
lab_node lab_node_item(lab_node list, int i);
lab_node lab_node_key(lab_node mapping, int i); /* always a scalar */
lab_node lab_node_value(lab_node mapping, int i);
/* "FILE:LINE:COLUMN" */
void lab_node_place(lab_node node, lab_text *text);
/* Writes "FILE:LINE:COLUMN: sentence" and returns LAB_ERR_CONFIG. */
lab_status lab_node_fail(lab_node node, lab_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
