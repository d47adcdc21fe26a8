#include "config/yaml.h"
#include "base/file.h"
#include "base/heap.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct lab_yaml {
    char *name, *source;
    yaml_document_t document;
    bool loaded;
};

static yaml_node_t *node_of(lab_node node)
{
    yaml_node_t *found = yaml_document_get_node((yaml_document_t *)&node.yaml->document, node.id);
    LAB_ASSERT(found);
    return found;
}

/* ---- reading ---- */

static lab_status load(lab_yaml *yaml, yaml_parser_t *parser, lab_error *err)
{
    yaml_document_t second;
    if (!yaml_parser_load(parser, &yaml->document))
        return lab_fail(err, LAB_ERR_CONFIG, "%s:%zu:%zu: %s%s%s", yaml->name,
                        parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                        parser->problem ? parser->problem : "is no YAML",
                        parser->context ? " " : "", parser->context ? parser->context : "");
    yaml->loaded = true;
    if (!yaml_parser_load(parser, &second))
        return lab_fail(err, LAB_ERR_CONFIG, "%s:%zu:%zu: %s", yaml->name,
                        parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                        parser->problem ? parser->problem : "is no YAML");
    bool more = yaml_document_get_root_node(&second) != NULL;
    size_t line = second.start_mark.line + 1;
    yaml_document_delete(&second);
    if (more)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s:%zu:1: a second document begins here; one file "
                        "holds one",
                        yaml->name, line);
    return LAB_OK;
}

static lab_status tree_check(lab_yaml *yaml, lab_error *err)
{
    isize count = yaml->document.nodes.top - yaml->document.nodes.start;
    if (count == 0) return lab_fail(err, LAB_ERR_CONFIG, "%s: is empty", yaml->name);
    for (int id = 1; id <= count; id++) {
        lab_node node = {yaml, id};
        yaml_node_t *found = node_of(node);
        if (found->type == YAML_SCALAR_NODE &&
            strlen((char *)found->data.scalar.value) != found->data.scalar.length)
            return lab_node_fail(node, err, "a NUL byte does not belong here");
        for (int i = 0; found->type == YAML_MAPPING_NODE && i < lab_node_count(node); i++)
            if (lab_node_is((lab_node){yaml, found->data.mapping.pairs.start[i].key}) !=
                LAB_NODE_SCALAR)
                return lab_node_fail(node, err, "a key must be a single word");
    }
    if (lab_node_is(lab_yaml_root(yaml)) != LAB_NODE_MAPPING)
        return lab_node_fail(lab_yaml_root(yaml), err, "key: value lines are wanted here");
    return LAB_OK;
}

lab_status lab_yaml_parse(lab_yaml **out, const char *name, const char *text, isize bytes,
                          lab_error *err)
{
    yaml_parser_t parser;
    lab_text copy = {0};
    *out = NULL;
    LAB_ASSERT(yaml_parser_initialize(&parser));
    lab_yaml *yaml = lab_heap_take(sizeof *yaml);
    lab_text_bytes(&copy, text, bytes);
    yaml->name = lab_heap_text(name);
    yaml->source = copy.data;
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml->source, (size_t)bytes);
    lab_status status = load(yaml, &parser, err);
    if (status == LAB_OK) status = tree_check(yaml, err);
    yaml_parser_delete(&parser);
    if (status == LAB_OK) {
        *out = yaml;
        yaml = NULL;
    }
    lab_yaml_close(&yaml);
    return status;
}

lab_status lab_yaml_open(lab_yaml **out, const char *path, lab_error *err)
{
    lab_text text = {0};
    *out = NULL;
    lab_status status = lab_file_read(&text, path, LAB_YAML_MIB_MAX, err);
    if (status == LAB_OK) status = lab_yaml_parse(out, path, lab_text_of(&text), text.length, err);
    lab_text_finish(&text);
    return status;
}

void lab_yaml_close(lab_yaml **out)
{
    lab_yaml *yaml = *out;
    *out = NULL;
    if (!yaml) return;
    if (yaml->loaded) yaml_document_delete(&yaml->document);
    lab_heap_free(yaml->name);
    lab_heap_free(yaml->source);
    lab_heap_free(yaml);
}

lab_node lab_yaml_root(const lab_yaml *yaml)
{
    return (lab_node){yaml, 1};
}

const char *lab_yaml_name(const lab_yaml *yaml)
{
    return yaml->name;
}

const char *lab_yaml_source(const lab_yaml *yaml)
{
    return yaml->source;
}

/* ---- nodes ---- */

lab_node_kind lab_node_is(lab_node node)
{
    switch (node_of(node)->type) {
    case YAML_SEQUENCE_NODE:
        return LAB_NODE_LIST;
    case YAML_MAPPING_NODE:
        return LAB_NODE_MAPPING;
    default:
        return LAB_NODE_SCALAR;
    }
}

const char *lab_node_text(lab_node scalar)
{
    LAB_ASSERT(lab_node_is(scalar) == LAB_NODE_SCALAR);
    return (const char *)node_of(scalar)->data.scalar.value;
}

bool lab_node_empty(lab_node node)
{
    yaml_node_t *found = node_of(node);
    return found->type == YAML_SCALAR_NODE && found->data.scalar.length == 0 &&
           found->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

int lab_node_count(lab_node node)
{
    yaml_node_t *found = node_of(node);
    if (found->type == YAML_SEQUENCE_NODE)
        return (int)(found->data.sequence.items.top - found->data.sequence.items.start);
    if (found->type == YAML_MAPPING_NODE)
        return (int)(found->data.mapping.pairs.top - found->data.mapping.pairs.start);
    return 0;
}

lab_node lab_node_item(lab_node list, int i)
{
    LAB_ASSERT(lab_node_is(list) == LAB_NODE_LIST && i < lab_node_count(list));
    return (lab_node){list.yaml, node_of(list)->data.sequence.items.start[i]};
}

lab_node lab_node_key(lab_node mapping, int i)
{
    LAB_ASSERT(lab_node_is(mapping) == LAB_NODE_MAPPING && i < lab_node_count(mapping));
    return (lab_node){mapping.yaml, node_of(mapping)->data.mapping.pairs.start[i].key};
}

lab_node lab_node_value(lab_node mapping, int i)
{
    LAB_ASSERT(lab_node_is(mapping) == LAB_NODE_MAPPING && i < lab_node_count(mapping));
    return (lab_node){mapping.yaml, node_of(mapping)->data.mapping.pairs.start[i].value};
}

void lab_node_place(lab_node node, lab_text *text)
{
    yaml_mark_t mark = node_of(node)->start_mark;
    lab_text_add(text, "%s:%zu:%zu", node.yaml->name, mark.line + 1, mark.column + 1);
}

lab_status lab_node_fail(lab_node node, lab_error *err, const char *format, ...)
{
    char sentence[sizeof err->text];
    lab_text place = {0};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    lab_node_place(node, &place);
    lab_status status = lab_fail(err, LAB_ERR_CONFIG, "%s: %s", lab_text_of(&place), sentence);
    lab_text_finish(&place);
    return status;
}
