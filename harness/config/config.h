/* config/config.h - a config: a value for every key, and where each came from.
 *
 *     lab_config config;
 *     lab_config_init(&config);                                  every default
 *     status = lab_config_load(&config, "configs/x.yaml", err);  its bases, then itself
 *     status = lab_config_assign(&config, "model.width=96", err);
 *     status = lab_config_check(&config, err);
 *     lab_config_text(&config, &text);                           canonical: wire/keys.h
 *
 * In a file, keys may be dotted (model.width: 64) or nested (model: {width: 64}); "base: FILE",
 * relative to the file, is read first. A config is plain data and may be copied.
 */
#ifndef LAB_CONFIG_H
#define LAB_CONFIG_H
#include "base/hash.h"
#include "config/key.h"
#include "config/yaml.h"

#define LAB_CONFIG_BASES_MAX 8 /* depth of a chain of base files */

/* Both words live as long as the program: thousands of cells share what is equal in them. */
typedef struct {
    const char *text; /* canonical */
    const char *from; /* "FILE:LINE:COLUMN", "argument", ... or "" for the default */
} lab_value;
/* A value of these words, which are copied. */
lab_value lab_value_of(const char *text, const char *from);

typedef struct {
    lab_value values[LAB_KEY_COUNT];
} lab_config;

void lab_config_init(lab_config *config);
LAB_CHECKED lab_status lab_config_load(lab_config *config, const char *path, lab_error *err);
/* Sets the pairs of a mapping; those named base, at its top, are left to the caller. A key that
 * is unknown, or set twice in this mapping, is an error at its place. */
LAB_CHECKED lab_status lab_config_read(lab_config *config, lab_node mapping, lab_error *err);
/* One value from a node: a scalar, or a list for keys that take one. */
LAB_CHECKED lab_status lab_config_set_node(lab_config *config, lab_key_id id, lab_node value,
                                           lab_error *err);
LAB_CHECKED lab_status lab_config_set(lab_config *config, lab_key_id id, const char *words,
                                      const char *from, lab_error *err);
/* A command-line "key=value". */
LAB_CHECKED lab_status lab_config_assign(lab_config *config, const char *argument, lab_error *err);
/* The key of a dotted name at node; LAB_ERR_CONFIG names the nearest. */
LAB_CHECKED lab_status lab_config_key(lab_key_id *out, const char *name, lab_node at,
                                      lab_error *err);
/* Whatever concerns more than one key: what divides what, and that no key of another task was
 * set. The sentence says where the value came from. */
LAB_CHECKED lab_status lab_config_check(const lab_config *config, lab_error *err);

const char *lab_config_value(const lab_config *config, lab_key_id id); /* canonical; borrowed */
int64_t lab_config_int(const lab_config *config, lab_key_id id);
lab_task lab_config_task(const lab_config *config);           /* PRETRAIN or PROBE */
bool lab_config_has(const lab_config *config, lab_key_id id); /* the key is one of its task */
/* The key has a line in the text: it is one of the task, and no optional one at its default. */
bool lab_config_states(const lab_config *config, lab_key_id id);
/* Appends the canonical text, the keys that are stated; its SHA-256 is the cell's identity. */
void lab_config_text(const lab_config *config, lab_text *text);
lab_sha256 lab_config_hash(const lab_config *config);
/* The path of a file that from names relative to itself; owned by the caller. */
char *lab_config_beside(const char *from, const char *path);
#endif
