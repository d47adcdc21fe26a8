#include "data/mix_command.h"
#include "base/file.h"
#include "base/log.h"
#include "data/dataset.h"
#include "data/info.h"
#include "data/store.h"
#include "wire/exit.h"
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, KEY_NAME = 1, KEY_REPLACEMENT, NAME_BYTES = 128 };

typedef struct {
    vt_mix mix;
    double weights[VT_MIX_SOURCES];
    char names[VT_MIX_SOURCES][NAME_BYTES], hashes[VT_MIX_SOURCES][VT_SHA256_HEX];
    const char *data_folder;
} command;

static const struct argp_option options[] = {
    {"name", KEY_NAME, "NAME", 0, "Of the mix; must be given", 0},
    {"replacement", KEY_REPLACEMENT, NULL, 0,
     "Draw images with replacement (default: each image of a source once before any twice)", 0},
    {"data", 'd', "DIR", 0, "Data folder; default $PATCHLAW_DATA, else ./data", 0},
    {0}};

static const char help[] =
    "Makes the data set NAME that is only a recipe: training draws each sample from one of the "
    "SOURCES, data sets of the data folder, by their weights, which sum to 1."
    "\vWhich image stands where is a function of the run's seed and the sample's number alone. "
    "Validation reads the sources' test splits, one behind the other. How often a run sees each "
    "source is in the ledger's view mix_epochs.\n\n"
    "Examples:\n"
    "  patchlaw data mix web:0.8 curated:0.2 --name dfn-2b+\n"
    "  patchlaw data mix web:0.5 birds:0.5 --name both --replacement";

static void source_read(command *c, const char *text, struct argp_state *state)
{
    char *end = NULL;
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    int i = c->mix.sources;
    if (i == VT_MIX_SOURCES) {
        argp_error(state, "more than %d sources", (int)VT_MIX_SOURCES);
        return;
    }
    if (!colon || length < 1 || length >= NAME_BYTES) {
        argp_error(state, "%s: wanted SOURCE:WEIGHT", text);
        return;
    }
    c->weights[i] = strtod(colon + 1, &end);
    if (end == colon + 1 || *end) argp_error(state, "%s: %s is no number", text, colon + 1);
    (void)snprintf(c->names[i], NAME_BYTES, "%.*s", (int)length, text);
    for (int k = 0; k < i; k++)
        if (strcmp(c->names[k], c->names[i]) == 0)
            argp_error(state, "%s stands there twice", c->names[i]);
    c->mix.source[i].name = c->names[i];
    c->mix.sources++;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    command *c = state->input;
    switch (key) {
    case KEY_NAME:
        c->mix.name = text;
        return 0;
    case KEY_REPLACEMENT:
        c->mix.replacement = 1;
        return 0;
    case 'd':
        c->data_folder = text;
        return 0;
    case ARGP_KEY_ARG:
        source_read(c, text, state);
        return 0;
    case ARGP_KEY_END:
        if (c->mix.sources < 1) argp_error(state, "what is to be mixed? wanted SOURCE:WEIGHT ...");
        if (!c->mix.name) argp_error(state, "what shall it be called? --name NAME is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static vt_status path_make(char path[PATH_BYTES], const command *c, const char *name, vt_error *err)
{
    if (!vt_store_name_good(name))
        return vt_fail(err, VT_ERR_CONFIG, "%.100s is no name of a data set", name);
    int length = snprintf(path, PATH_BYTES, "%s/%s", c->data_folder, name);
    if (length < 0 || length >= PATH_BYTES)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", c->data_folder);
    return VT_OK;
}

static vt_status source_look(command *c, int i, vt_error *err)
{
    char path[PATH_BYTES];
    vt_dataset *dataset = NULL;
    vt_status status = path_make(path, c, c->names[i], err);
    if (status == VT_OK && vt_mix_found(path))
        status =
            vt_fail(err, VT_ERR_CONFIG, "%s is a mix, which is no source of another", c->names[i]);
    if (status == VT_OK) status = vt_dataset_open(&dataset, path, err);
    if (status != VT_OK) return status;
    (void)snprintf(c->hashes[i], VT_SHA256_HEX, "%s", vt_dataset_about(dataset)->sha256);
    c->mix.source[i].sha256 = c->hashes[i];
    vt_dataset_close(&dataset);
    return VT_OK;
}

/* A mix of that name that is there already has to be the same one. */
static vt_status present_compare(const command *c, const char *folder, int *existed, vt_error *err)
{
    vt_mix present = {0};
    struct stat info;
    *existed = lstat(folder, &info) == 0;
    if (!*existed) return VT_OK;
    vt_status status = vt_mix_read(&present, folder, err);
    if (status != VT_OK || strcmp(present.sha256, c->mix.sha256) != 0)
        status = vt_fail(err, VT_ERR_CONFIG,
                         "%.200s is there with other content; remove it or mix under another name",
                         folder);
    vt_mix_finish(&present);
    return status;
}

/* In a folder of another name until it is whole. */
static vt_status keep(const command *c, const char *folder, vt_error *err)
{
    char partial[PATH_BYTES + 16], file[PATH_BYTES + 32];
    (void)snprintf(partial, sizeof partial, "%s/.%s.partial", c->data_folder, c->mix.name);
    (void)snprintf(file, sizeof file, "%s/mix.txt", partial);
    vt_status status = vt_folder_make(partial, err);
    if (status == VT_OK) status = vt_mix_write(&c->mix, partial, err);
    if (status == VT_OK && rename(partial, folder) != 0)
        status = vt_fail(err, vt_error_of(errno), "%.200s: cannot rename to %.200s: %s", partial,
                         folder, strerror(errno));
    if (status != VT_OK) {
        (void)unlink(file);
        (void)rmdir(partial);
    }
    return status;
}

static vt_status run(command *c, vt_error *err)
{
    char folder[PATH_BYTES];
    int existed = 0;
    vt_status status = path_make(folder, c, c->mix.name, err);
    if (status == VT_OK) status = vt_mix_weigh(&c->mix, c->weights, err);
    for (int i = 0; i < c->mix.sources && status == VT_OK; i++) status = source_look(c, i, err);
    if (status == VT_OK) status = vt_mix_hash(&c->mix, err);
    if (status == VT_OK) status = present_compare(c, folder, &existed, err);
    if (status == VT_OK && !existed) status = keep(c, folder, err);
    return status == VT_OK ? vt_info_print(folder, 0, err) : status;
}

int vt_mix_command(int argc, char **argv)
{
    static const struct argp parser = {options, parse, "SOURCE:WEIGHT... --name NAME", help, NULL,
                                       NULL,    NULL};
    static char title[] = "patchlaw data mix";
    const char *given = getenv("PATCHLAW_DATA");
    command c = {.data_folder = given && *given ? given : "data"};
    vt_error err = {{0}};
    argp_err_exit_status = WIRE_EXIT_USAGE;
    argv[0] = title;
    if (argp_parse(&parser, argc, argv, 0, NULL, &c) != 0) return WIRE_EXIT_USAGE;
    vt_status status = run(&c, &err);
    if (status == VT_OK && fflush(stdout) != 0)
        status = vt_fail(&err, VT_ERR_IO, "results could not be written");
    return vt_log_ending("data mix", status, &err);
}
