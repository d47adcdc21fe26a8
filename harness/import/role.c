#include "import/role.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Words for a role, for --map and, whatever its case, for a file's header; the first is its name.
 */
static const struct {
    lab_role role;
    const char *word, *key;
} roles[] = {
    {LAB_ROLE_NAME, "name", "external.name"},
    {LAB_ROLE_NAME, "run", NULL},
    {LAB_ROLE_NAME, "run_name", NULL},
    {LAB_ROLE_SEED, "seed", "seed"},
    {LAB_ROLE_PARAMS, "params", "external.params"},
    {LAB_ROLE_PARAMS, "parameters", NULL},
    {LAB_ROLE_PARAMS, "n_params", NULL},
    {LAB_ROLE_PATCHES, "patches", "external.patches"},
    {LAB_ROLE_PATCHES, "tokens", NULL},
    {LAB_ROLE_FLOPS, "flops", "external.flops"},
    {LAB_ROLE_IMAGES, "images", "external.images"},
    {LAB_ROLE_STEPS, "steps", "external.steps"},
    {LAB_ROLE_LOSS, "loss", NULL},
    {LAB_ROLE_LOSS, "val_loss", NULL},
    {LAB_ROLE_LOSS, "final_loss", NULL},
    {LAB_ROLE_KEY, "key", NULL},
    {LAB_ROLE_SKIP, "skip", NULL},
    {LAB_ROLE_STEP, "step", NULL},
    {LAB_ROLE_METRIC, "metric", NULL},
    {LAB_ROLE_VALUE, "value", NULL},
    {LAB_ROLE_SPLIT, "split", NULL},
};
enum { ROLES = sizeof roles / sizeof *roles };

const char *lab_role_key(lab_role role)
{
    for (int i = 0; i < ROLES; i++)
        if (roles[i].role == role && roles[i].key) return roles[i].key;
    return NULL;
}

const char *lab_role_word(lab_role role)
{
    for (int i = 0; i < ROLES; i++)
        if (roles[i].role == role) return roles[i].word;
    return "figure";
}

bool lab_meaning_fits(const char *tag)
{
    const lab_meaning *none = NULL;
    const char *slash = strchr(tag, '/');
    return strlen(slash ? slash + 1 : tag) < sizeof none->name &&
           (!slash || (size_t)(slash - tag) < sizeof none->split);
}

lab_meaning lab_meaning_figure(const char *tag)
{
    lab_meaning meaning = {.role = LAB_ROLE_FIGURE};
    const char *slash = strchr(tag, '/');
    (void)snprintf(meaning.name, sizeof meaning.name, "%s", slash ? slash + 1 : tag);
    if (slash) (void)snprintf(meaning.split, sizeof meaning.split, "%.*s", (int)(slash - tag), tag);
    return meaning;
}

lab_meaning lab_meaning_of(const char *column)
{
    lab_meaning meaning = {.role = LAB_ROLE_KEY};
    for (int i = 0; i < ROLES; i++)
        if (strcasecmp(roles[i].word, column) == 0 && roles[i].role != LAB_ROLE_SKIP)
            meaning.role = roles[i].role;
    (void)snprintf(meaning.name, sizeof meaning.name, "%s", column);
    return meaning;
}

lab_status lab_role_map_read(lab_role_map *out, const char *words, lab_error *err)
{
    const char *equals = strrchr(words, '=');
    if (!equals || equals == words || !equals[1])
        return lab_fail(err, LAB_ERR_CONFIG, "--map %s: is not COLUMN=ROLE", words);
    *out = (lab_role_map){.from = words, .length = equals - words};
    const char *role = equals + 1;
    bool named_so = strcmp(role, "key") == 0 && out->length > LAB_NAME_MAX;
    if (named_so || !lab_meaning_fits(role))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "--map %.300s: names may have %d characters, splits %d", words,
                        LAB_NAME_MAX, LAB_SPLIT_MAX);
    if (strncmp(role, "key:", 4) == 0 && role[4]) {
        (void)snprintf(out->meaning.name, sizeof out->meaning.name, "%s", role + 4);
        return LAB_OK;
    }
    if (strchr(role, '/')) {
        out->meaning = lab_meaning_figure(role);
        return LAB_OK;
    }
    for (int i = 0; i < ROLES; i++) {
        if (strcmp(roles[i].word, role) != 0) continue;
        out->meaning.role = roles[i].role;
        (void)snprintf(out->meaning.name, sizeof out->meaning.name, "%.*s", (int)out->length,
                       words);
        return LAB_OK;
    }
    return lab_fail(err, LAB_ERR_CONFIG,
                    "--map %s: '%s' is no role; there are name, seed, params, patches (tokens), "
                    "flops, images, steps, loss, SPLIT/METRIC, key, key:NAME, skip, and for files "
                    "with a row for each point run, step, metric, value, split",
                    words, role);
}

const lab_role_map *lab_role_map_find(const lab_role_map *mappings, isize count, const char *name)
{
    for (isize i = 0; i < count; i++)
        if (strncmp(mappings[i].from, name, (size_t)mappings[i].length) == 0 &&
            name[mappings[i].length] == 0)
            return &mappings[i];
    return NULL;
}
