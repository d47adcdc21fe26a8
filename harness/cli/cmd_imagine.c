/* patchlaw imagine RUN: a picture of what a trained model makes of held-out images. */
#include "base/heap.h"
#include "base/text.h"
#include "cli/cli.h"
#include "launch/engine.h"
#include "launch/record.h"
#include "wire/event.h"
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Makes a picture of what a trained model predicts of held-out images, beside its checkpoint; "
    "the ledger keeps its hash, and patchlaw report sequence shows it."
    "\vA row for each image, in columns: the image; what the model is given of it; its "
    "predictions, "
    "each from the true patches before; its continuation, each from its own predictions before; "
    "the error of the predictions. Objectives without an order have no continuation.\n\n"
    "Examples:\n"
    "  patchlaw imagine 3fa9c1\n"
    "  patchlaw imagine 3fa9c1 --images 16\n"
    "  patchlaw report sequence";

enum { KEY_IMAGES = 'i', KEY_DATA = 'd' };
static const struct argp_option options[] = {
    {"images", KEY_IMAGES, "N", 0, "Rows of the picture (default 8)", 0},
    {"data", KEY_DATA, "DIR", 0, "Folder of data sets (default: $PATCHLAW_DATA, else data)", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    const char *run, *data;
    int images;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        return 0;
    case KEY_IMAGES:
        p->images = lab_cli_int(state, "--images", text, 1, 100);
        return 0;
    case KEY_DATA:
        p->data = text;
        return 0;
    case ARGP_KEY_ARG:
        if (p->run) argp_error(state, "one run at a time; '%s' is a second", text);
        p->run = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->run) argp_error(state, "which RUN? patchlaw ls lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The run's cell, the attempt that wrote its checkpoint, and its folder's path. */
typedef struct {
    int64_t cell_id, attempt_id;
    lab_text folder; /* owned */
} place;

static lab_status find_place(place *out, lab_ledger *ledger, const char *hash, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    const char *path = lab_ledger_path(ledger), *slash = strrchr(path, '/');
    lab_status status = lab_query_open(&query, ledger, "queries", "imagine_run", err);
    if (status != LAB_OK) return status;
    lab_query_bind_text(query, ":hash", hash);
    status = lab_query_step(query, &row, err);
    if (status == LAB_OK && !row)
        status = lab_fail(err, LAB_ERR_MISSING,
                          "run %.12s has no checkpoint: it is no pre-training run, or has not "
                          "written one yet",
                          hash);
    if (status == LAB_OK) {
        out->cell_id = lab_query_int(query, 0);
        out->attempt_id = lab_query_int(query, 1);
        lab_text_bytes(&out->folder, path, slash ? slash - path + 1 : 0);
        lab_text_put(&out->folder, lab_query_text(query, 2));
    }
    lab_query_close(&query);
    return status;
}

/* The line that tells of the picture, into the ledger. */
static lab_status record(lab_ledger *ledger, const place *at, lab_text *lines, lab_error *err)
{
    lab_event event;
    isize length = (isize)strcspn(lab_text_of(lines), "\n");
    if (length == lines->length)
        return lab_fail(err, LAB_ERR_FORMAT, "the engine told nothing of a picture");
    lines->data[length] = '\0';
    lab_status status = lab_event_parse(&event, lines->data, length, err);
    if (status == LAB_OK && event.kind != WIRE_EVENT_ARTIFACT)
        status = lab_fail(err, LAB_ERR_FORMAT, "the engine told of something else than a picture");
    if (status == LAB_OK)
        status = lab_record_event(ledger, at->cell_id, at->attempt_id, &event, err);
    if (status == LAB_OK)
        (void)printf("%s/%s\n", lab_text_of(&at->folder), lab_event_text(&event, "path"));
    return status;
}

static lab_status imagine(const parsed *p, lab_ledger *ledger, const place *at, lab_error *err)
{
    lab_engine engine = {0};
    lab_text lines = {0}, complaint = {0}, images = {0};
    int code = 0;
    lab_status status = lab_engine_init(&engine, p->data, err);
    lab_text_add(&images, "%d", p->images);
    const char *words[] = {NULL,
                           "imagine",
                           lab_text_of(&at->folder),
                           "--images",
                           lab_text_of(&images),
                           "--data",
                           engine.data,
                           NULL};
    if (status == LAB_OK) status = lab_engine_ask(&engine, words, &lines, &complaint, &code, err);
    if (status == LAB_OK && code != 0)
        status = lab_fail(err, LAB_ERR_CONFIG, "%s", lab_text_of(&complaint));
    if (status == LAB_OK) status = record(ledger, at, &lines, err);
    lab_text_finish(&lines);
    lab_text_finish(&complaint);
    lab_text_finish(&images);
    lab_engine_finish(&engine);
    return status;
}

int lab_cmd_imagine(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "RUN", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .images = 8};
    lab_ledger *ledger = NULL;
    place at = {0};
    lab_error err;
    char hash[65];
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_WRITE, &err);
    if (status == LAB_OK) status = lab_cli_find(ledger, p.run, hash, &err);
    if (status == LAB_OK) status = find_place(&at, ledger, hash, &err);
    if (status == LAB_OK) status = imagine(&p, ledger, &at, &err);
    lab_text_finish(&at.folder);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
