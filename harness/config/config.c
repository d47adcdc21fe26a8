#include "config/config.h"
#include "base/heap.h"
#include "base/index.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NESTING_MAX = 4, NAME_BYTES = 128 };

/* Never freed: a config is plain data, and may be copied to wherever. */
static lab_index words_kept;

lab_value lab_value_of(const char *text, const char *from)
{
    const char *kept = lab_index_keep(&words_kept, text);
    return (lab_value){kept, lab_index_keep(&words_kept, from)};
}

void lab_config_init(lab_config *config)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++)
        config->values[i] = (lab_value){lab_key_at((lab_key_id)i)->fallback, ""};
}

const char *lab_config_value(const lab_config *config, lab_key_id id)
{
    return config->values[id].text;
}

int64_t lab_config_int(const lab_config *config, lab_key_id id)
{
    return strtoll(config->values[id].text, NULL, 10);
}

lab_task lab_config_task(const lab_config *config)
{
    return strcmp(config->values[LAB_KEY_task].text, "probe") == 0 ? LAB_TASK_PROBE
                                                                   : LAB_TASK_PRETRAIN;
}

bool lab_config_has(const lab_config *config, lab_key_id id)
{
    return (lab_key_at(id)->task & lab_config_task(config)) != 0;
}

bool lab_config_states(const lab_config *config, lab_key_id id)
{
    const lab_key *key = lab_key_at(id);
    return lab_config_has(config, id) &&
           !(key->optional && strcmp(config->values[id].text, key->fallback) == 0);
}

/* ---- setting ---- */

lab_status lab_config_set(lab_config *config, lab_key_id id, const char *words, const char *from,
                          lab_error *err)
{
    char text[LAB_VALUE_MAX];
    lab_status status = lab_key_parse(lab_key_at(id), words, text, err);
    if (status == LAB_OK)
        config->values[id] = lab_value_of(text, from);
    else
        lab_error_context(err, "%s", from);
    return status;
}

lab_status lab_config_set_node(lab_config *config, lab_key_id id, lab_node value, lab_error *err)
{
    const lab_key *key = lab_key_at(id);
    lab_text words = {0}, place = {0};
    lab_status status = LAB_OK;
    lab_node_place(value, &place);
    if (lab_node_is(value) == LAB_NODE_SCALAR) {
        lab_text_put(&words, lab_node_text(value));
        if (lab_node_empty(value)) status = lab_node_fail(value, err, "%s: no value", key->name);
    } else if (lab_node_is(value) == LAB_NODE_MAPPING || key->type != LAB_TYPE_REALS) {
        status = lab_node_fail(value, err, "%s: takes one value", key->name);
    } else {
        for (int i = 0; status == LAB_OK && i < lab_node_count(value); i++) {
            lab_node item = lab_node_item(value, i);
            if (lab_node_is(item) != LAB_NODE_SCALAR)
                status = lab_node_fail(item, err, "%s: a number is wanted here", key->name);
            else
                lab_text_add(&words, "%s%s", i == 0 ? "[" : ", ", lab_node_text(item));
        }
        lab_text_put(&words, lab_node_count(value) == 0 ? "[]" : "]");
    }
    if (status == LAB_OK)
        status = lab_config_set(config, id, lab_text_of(&words), lab_text_of(&place), err);
    lab_text_finish(&words);
    lab_text_finish(&place);
    return status;
}

lab_status lab_config_key(lab_key_id *out, const char *name, lab_node at, lab_error *err)
{
    *out = lab_key_find(name);
    if (*out != LAB_KEY_NONE) return LAB_OK;
    const char *nearest = lab_key_nearest(name);
    if (nearest)
        return lab_node_fail(at, err, "unknown key '%.80s'; the nearest is %s", name, nearest);
    return lab_node_fail(at, err, "unknown key '%.80s'; patchlaw keys lists all", name);
}

lab_status lab_config_assign(lab_config *config, const char *argument, lab_error *err)
{
    char name[NAME_BYTES];
    const char *equals = strchr(argument, '=');
    if (!equals || equals - argument >= NAME_BYTES)
        return lab_fail(err, LAB_ERR_CONFIG, "argument '%.80s': key=value is wanted here",
                        argument);
    (void)snprintf(name, sizeof name, "%.*s", (int)(equals - argument), argument);
    lab_key_id id = lab_key_find(name);
    if (id != LAB_KEY_NONE) {
        lab_text from = {0};
        lab_text_add(&from, "argument %.100s", argument);
        lab_status status = lab_config_set(config, id, equals + 1, lab_text_of(&from), err);
        lab_text_finish(&from);
        return status;
    }
    const char *nearest = lab_key_nearest(name);
    if (nearest)
        return lab_fail(err, LAB_ERR_CONFIG, "argument '%.80s': unknown key; the nearest is %s",
                        argument, nearest);
    return lab_fail(err, LAB_ERR_CONFIG, "argument '%.80s': unknown key; patchlaw keys lists all",
                    argument);
}

/* ---- files ---- */

typedef struct {
    lab_config *config;
    lab_node seen[LAB_KEY_COUNT]; /* key nodes; yaml NULL: not yet */
} reader;

static lab_status read_pairs(reader *r, lab_node mapping, const char *section, int depth,
                             lab_error *err)
{
    if (depth > NESTING_MAX) return lab_node_fail(mapping, err, "nested too deeply for a key");
    for (int i = 0; i < lab_node_count(mapping); i++) {
        lab_node key = lab_node_key(mapping, i), value = lab_node_value(mapping, i);
        char name[NAME_BYTES];
        int bytes =
            snprintf(name, sizeof name, "%s%s%s", section, *section ? "." : "", lab_node_text(key));
        if (bytes >= NAME_BYTES) return lab_node_fail(key, err, "no key is this long");
        if (depth == 0 && strcmp(name, "base") == 0) continue;
        lab_key_id id = lab_key_find(name);
        lab_status status = LAB_OK;
        if (id == LAB_KEY_NONE && lab_node_is(value) == LAB_NODE_MAPPING &&
            lab_node_count(value) > 0) {
            status = read_pairs(r, value, name, depth + 1, err);
        } else {
            status = lab_config_key(&id, name, key, err);
            if (status == LAB_OK && r->seen[id].yaml) {
                lab_text first = {0};
                lab_node_place(r->seen[id], &first);
                status = lab_node_fail(key, err, "%s: set twice; first at %s", name,
                                       lab_text_of(&first));
                lab_text_finish(&first);
            }
            if (status == LAB_OK) r->seen[id] = key;
            if (status == LAB_OK) status = lab_config_set_node(r->config, id, value, err);
        }
        if (status != LAB_OK) return status;
    }
    return LAB_OK;
}

lab_status lab_config_read(lab_config *config, lab_node mapping, lab_error *err)
{
    reader r = {.config = config};
    if (lab_node_is(mapping) != LAB_NODE_MAPPING)
        return lab_node_fail(mapping, err, "key: value pairs are wanted here");
    return read_pairs(&r, mapping, "", 0, err);
}

char *lab_config_beside(const char *from, const char *path)
{
    lab_text out = {0};
    const char *slash = strrchr(from, '/');
    if (slash && path[0] != '/') lab_text_bytes(&out, from, slash + 1 - from);
    lab_text_put(&out, path);
    return out.data;
}

typedef struct chain {
    const struct chain *above; /* the file that named this one as its base */
    dev_t device;
    ino_t inode;
} chain;

static lab_status load(lab_config *config, const char *path, const chain *above, lab_error *err);

static lab_status load_base(lab_config *config, lab_node root, const chain *here, lab_error *err)
{
    lab_node base = {0}, first = {0};
    for (int i = 0; i < lab_node_count(root); i++) {
        if (strcmp(lab_node_text(lab_node_key(root, i)), "base") != 0) continue;
        if (base.yaml) return lab_node_fail(lab_node_key(root, i), err, "base: set twice");
        base = lab_node_value(root, i);
        first = lab_node_key(root, i);
    }
    if (!base.yaml) return LAB_OK;
    if (lab_node_is(base) != LAB_NODE_SCALAR || !*lab_node_text(base))
        return lab_node_fail(first, err, "base: takes the path of a config file");
    char *path = lab_config_beside(lab_yaml_name(root.yaml), lab_node_text(base));
    struct stat info;
    lab_status status = LAB_OK;
    int depth = 0;
    if (stat(path, &info) != 0)
        status = lab_node_fail(base, err, "base: %s: %s", path, strerror(errno));
    for (const chain *file = here; status == LAB_OK && file; file = file->above) {
        if (file->device == info.st_dev && file->inode == info.st_ino)
            status = lab_node_fail(base, err, "base: %s is based on this file in turn", path);
        if (++depth > LAB_CONFIG_BASES_MAX)
            status = lab_node_fail(base, err, "base: a chain of more than %d files",
                                   LAB_CONFIG_BASES_MAX);
    }
    if (status == LAB_OK) status = load(config, path, here, err);
    lab_heap_free(path);
    return status;
}

static lab_status load(lab_config *config, const char *path, const chain *above, lab_error *err)
{
    lab_yaml *yaml = NULL;
    struct stat info = {0};
    lab_status status = lab_yaml_open(&yaml, path, err);
    if (status == LAB_OK && stat(path, &info) != 0)
        status = lab_fail(err, LAB_ERR_IO, "%s: %s", path, strerror(errno));
    chain here = {above, info.st_dev, info.st_ino};
    if (status == LAB_OK) status = load_base(config, lab_yaml_root(yaml), &here, err);
    if (status == LAB_OK) status = lab_config_read(config, lab_yaml_root(yaml), err);
    lab_yaml_close(&yaml);
    return status;
}

lab_status lab_config_load(lab_config *config, const char *path, lab_error *err)
{
    return load(config, path, NULL, err);
}

/* ---- checks across keys ---- */

static const char *source(const lab_config *config, lab_key_id id)
{
    return config->values[id].from[0] ? config->values[id].from : "default";
}

static lab_status refuse(const lab_config *config, lab_key_id a, const char *must, lab_key_id b,
                         lab_error *err)
{
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s (%s) must %s %s (%s): change one of them; they come "
                    "from %s and %s",
                    lab_key_at(a)->name, lab_config_value(config, a), must, lab_key_at(b)->name,
                    lab_config_value(config, b), source(config, a), source(config, b));
}

static lab_status check_keys(const lab_config *config, lab_error *err)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        if (lab_config_has(config, (lab_key_id)i) || !config->values[i].from[0]) continue;
        return lab_fail(err, LAB_ERR_CONFIG, "%s: %s is no key of a config whose task is %s",
                        config->values[i].from, lab_key_at((lab_key_id)i)->name,
                        lab_config_value(config, LAB_KEY_task));
    }
    return LAB_OK;
}

static lab_status check_fours(const lab_config *config, lab_key_id id, lab_error *err)
{
    if (lab_config_int(config, id) % 4 == 0) return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG, "%s: %s (%s) must be a multiple of 4", source(config, id),
                    lab_key_at(id)->name, lab_config_value(config, id));
}

static lab_status check_names(const lab_config *config, lab_error *err)
{
    const char *name = lab_config_value(config, LAB_KEY_data_name);
    const char *sha256 = lab_config_value(config, LAB_KEY_data_sha256);
    const char *trunk = lab_config_value(config, LAB_KEY_probe_trunk);
    if (name[0] == '/' || name[0] == '"' || name[0] == '.' || strstr(name, ".."))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: data.name (%s) must name a folder below the data "
                        "folder",
                        source(config, LAB_KEY_data_name), name);
    if (strcmp(sha256, "\"\"") != 0 &&
        (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: data.sha256 (%s) must be 64 hex digits, or left "
                        "out",
                        source(config, LAB_KEY_data_sha256), sha256);
    if (lab_config_task(config) == LAB_TASK_PROBE && strcmp(trunk, "untrained") != 0 &&
        strcmp(trunk, "pixels") != 0 &&
        (strlen(trunk) != 64 || strspn(trunk, "0123456789abcdef") != 64))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: probe.trunk (%s) must be a run's 64 hex digits, "
                        "untrained or pixels",
                        source(config, LAB_KEY_probe_trunk), trunk);
    return LAB_OK;
}

lab_status lab_config_check(const lab_config *config, lab_error *err)
{
    int64_t image = lab_config_int(config, LAB_KEY_data_image_px);
    int64_t patch = lab_config_int(config, LAB_KEY_model_patch_px);
    bool pretrain = lab_config_task(config) == LAB_TASK_PRETRAIN;
    lab_key_id batch = pretrain ? LAB_KEY_optim_batch_images : LAB_KEY_probe_batch_images;
    lab_status status = check_keys(config, err);
    if (status == LAB_OK) status = check_names(config, err);
    if (status == LAB_OK) status = check_fours(config, LAB_KEY_model_width, err);
    if (status == LAB_OK && pretrain) status = check_fours(config, LAB_KEY_head_width, err);
    if (status != LAB_OK) return status;
    if (image % patch != 0)
        return refuse(config, LAB_KEY_model_patch_px, "divide", LAB_KEY_data_image_px, err);
    if (image < 2 * patch)
        return refuse(config, LAB_KEY_model_patch_px, "be at most half of", LAB_KEY_data_image_px,
                      err);
    if (lab_config_int(config, LAB_KEY_data_channels) == 2)
        return lab_fail(err, LAB_ERR_CONFIG, "%s: data.channels (2) must be 1 or 3",
                        source(config, LAB_KEY_data_channels));
    if (lab_config_int(config, LAB_KEY_model_width) % lab_config_int(config, LAB_KEY_model_heads))
        return refuse(config, LAB_KEY_model_heads, "divide", LAB_KEY_model_width, err);
    if (!pretrain && strcmp(lab_config_value(config, LAB_KEY_tune_method), "frozen") != 0 &&
        strcmp(lab_config_value(config, LAB_KEY_probe_trunk), "pixels") == 0)
        return refuse(config, LAB_KEY_tune_method, "be frozen with", LAB_KEY_probe_trunk, err);
    if (lab_config_int(config, batch) < lab_config_int(config, LAB_KEY_train_shards))
        return refuse(config, batch, "be at least", LAB_KEY_train_shards, err);
    if (pretrain &&
        lab_config_int(config, LAB_KEY_train_shards) < lab_config_int(config, LAB_KEY_train_sums))
        return refuse(config, LAB_KEY_train_shards, "be at least", LAB_KEY_train_sums, err);
    return LAB_OK;
}

/* ---- canonical text ---- */

void lab_config_text(const lab_config *config, lab_text *text)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        lab_key_id id = lab_key_sorted(i);
        if (lab_config_states(config, id))
            lab_text_add(text, "%s: %s\n", lab_key_at(id)->name, lab_config_value(config, id));
    }
}

lab_sha256 lab_config_hash(const lab_config *config)
{
    lab_text text = {0};
    lab_config_text(config, &text);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&text), text.length);
    lab_text_finish(&text);
    return hash;
}
