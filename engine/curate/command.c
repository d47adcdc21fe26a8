#include "curate/command.h"
#include "base/file.h"
#include "base/log.h"
#include "curate/curate.h"
#include "wire/exit.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    COLUMN_BYTES = 128,
    KEY_NAME = 1,
    KEY_TRAIN,
    KEY_TEST,
    KEY_VAL,
    KEY_CLASS,
    KEY_SKIP,
    KEY_UNSAFE,
    KEY_BOXES,
    KEY_SCORE,
    KEY_KEEP,
    KEY_JSON
};

typedef struct {
    vt_curate_options options;
    char unsafe_column[COLUMN_BYTES];
    const char *class_name;
    int json;
    struct timespec start;
    double shown_s; /* when progress was last shown, since start */
} command;

static const struct argp_option options[] = {
    {"name", KEY_NAME, "NAME", 0, "Of the new data set; must be given", 0},
    {"train", KEY_TRAIN, "PATH", 0, "In place of SOURCE: folder or tar with CLASS/NAME.jpg", 0},
    {"test", KEY_TEST, "PATH", 0, "The same for the test split, which goes round the funnel", 0},
    {"val", KEY_VAL, "PATH", 0, "The same; joins training, or is the test split", 0},
    {"format", 'f', "FORMAT", 0, "auto (default), web, idx, cifar, folder, tar", 0},
    {"class", KEY_CLASS, "NAME", 0, "The one class of a webdataset (default web)", 0},
    {"skip", KEY_SKIP, "STEP,...", 0,
     "Steps to leave out: verify, unsafe, blur, exact, near, "
     "test, rank",
     0},
    {"unsafe", KEY_UNSAFE, "COLUMN:X", 0,
     "Drop where COLUMN is above X or not there (default: the step is left out)", 0},
    {"boxes", KEY_BOXES, "COLUMN", 0, "Boxes of faces (default face_bboxes)", 0},
    {"score", KEY_SCORE, "COLUMN", 0, "Rank by it (default clip_l14_similarity_score)", 0},
    {"keep", KEY_KEEP, "SHARE", 0, "Share that ranking keeps (default 0.15)", 0},
    {"workers", 'w', "N", 0, "Threads (default: the cores); any number gives the same bits", 0},
    {"data", 'd', "DIR", 0, "Data folder; default $PATCHLAW_DATA, else ./data", 0},
    {"json", KEY_JSON, NULL, 0, "Print the funnel as JSON", 0},
    {0}};

static const char help[] =
    "Makes the data set NAME of what is good in SOURCE: a webdataset as `patchlaw data fetch` or "
    "img2dataset writes it (a folder of tars), or whatever `patchlaw data import` reads."
    "\vSteps, in their order: verify (the SHA-256 that the list declares), decode (whole, 8 bits, "
    "grey or RGB, upright), unsafe, blur (faces), exact and near (the same bytes, the same "
    "picture), test (pictures of test splits of the data folder), rank. One whose column the "
    "source lacks is left out, and says so; a column that was named must be there. What each step "
    "dropped is in `patchlaw data "
    "info NAME`, in the ledger's view funnel, and in `patchlaw report data`.\n\n"
    "Examples:\n"
    "  patchlaw data curate fetched --name web --unsafe punsafe:0.1\n"
    "  patchlaw data curate fetched --name dfn --keep 0.15 --skip blur\n"
    "  patchlaw data curate --train train.tar --test test.tar --name clean";

static void skip_read(command *c, const char *text, struct argp_state *state)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        vt_step step = 0;
        while (step < VT_STEP_COUNT && (strlen(vt_step_name(step)) != length ||
                                        strncmp(vt_step_name(step), text, length) != 0))
            step++;
        if (step == VT_STEP_COUNT)
            argp_error(state,
                       "--skip: %.*s is none of verify, unsafe, blur, exact, near, test, rank",
                       (int)length, text);
        c->options.skip[step] = 1;
        if (text[length] == '\0') return;
        text += length + 1;
    }
}

static void unsafe_read(command *c, const char *text, struct argp_state *state)
{
    char *end = NULL;
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (!colon || length < 1 || length >= COLUMN_BYTES) {
        argp_error(state, "--unsafe: wanted COLUMN:X");
        return;
    }
    c->options.unsafe_above = strtod(colon + 1, &end);
    if (end == colon + 1 || *end) argp_error(state, "--unsafe: %s is no number", colon + 1);
    (void)snprintf(c->unsafe_column, sizeof c->unsafe_column, "%.*s", (int)length, text);
    c->options.unsafe_column = c->unsafe_column;
}

static vt_format format_read(const char *text, struct argp_state *state)
{
    vt_format format = VT_FORMAT_AUTO;
    while (format < VT_FORMAT_COUNT && strcmp(text, vt_format_name(format)) != 0) format++;
    if (format == VT_FORMAT_COUNT)
        argp_error(state, "--format: %s is none of auto, web, idx, cifar, folder, tar", text);
    return format;
}

static error_t parse_number(command *c, int key, const char *text, struct argp_state *state)
{
    char *end = NULL;
    if (key == KEY_KEEP)
        c->options.keep = strtod(text, &end);
    else
        c->options.workers = (int)strtol(text, &end, 10);
    if (end == text || *end)
        argp_error(state, "--%s: %s is no number", key == KEY_KEEP ? "keep" : "workers", text);
    return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    command *c = state->input;
    vt_import_options *source = &c->options.source;
    const char **texts[] = {[KEY_NAME] = &source->name,
                            [KEY_TRAIN] = &source->train,
                            [KEY_TEST] = &source->test,
                            [KEY_VAL] = &source->val,
                            [KEY_CLASS] = &c->class_name,
                            [KEY_BOXES] = &c->options.boxes_column,
                            [KEY_SCORE] = &c->options.score_column};
    c->options.boxes_asked |= key == KEY_BOXES;
    c->options.keep_asked |= key == KEY_KEEP;
    c->options.score_asked |= key == KEY_SCORE;
    switch (key) {
    case KEY_SKIP:
        skip_read(c, text, state);
        return 0;
    case KEY_UNSAFE:
        unsafe_read(c, text, state);
        return 0;
    case KEY_KEEP:
    case 'w':
        return parse_number(c, key, text, state);
    case KEY_JSON:
        c->json = 1;
        return 0;
    case 'f':
        source->format = format_read(text, state);
        return 0;
    case 'd':
        source->data_folder = text;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0) return ARGP_ERR_UNKNOWN;
        source->path = text;
        return 0;
    case ARGP_KEY_END:
        if (!source->name) argp_error(state, "what shall it be called? --name NAME is missing");
        return 0;
    default:
        if (key < KEY_NAME || key >= (int)(sizeof texts / sizeof *texts) || !texts[key])
            return ARGP_ERR_UNKNOWN;
        *texts[key] = text;
        return 0;
    }
}

/* On a terminal one line that rewrites itself; else a line every few seconds. */
static void progress_show(void *context, const vt_import_progress *progress)
{
    command *c = context;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    double now_s =
        (double)(now.tv_sec - c->start.tv_sec) + 1e-9 * (double)(now.tv_nsec - c->start.tv_nsec);
    int terminal = isatty(STDERR_FILENO);
    if (now_s - c->shown_s < (terminal ? 0.1 : 5)) return;
    c->shown_s = now_s;
    (void)fprintf(stderr, "%s%s: %td samples looked at or stored, %.0f/s%s",
                  terminal ? "\033[K" : "", c->options.source.name, progress->images,
                  (double)progress->images / now_s, terminal ? "\r" : "\n");
}

/* The file that the curation has written, as it is. */
static vt_status funnel_print(const command *c, vt_error *err)
{
    char path[PATH_BYTES];
    vt_map map = {0};
    (void)snprintf(path, sizeof path, "%s/%s/funnel.%s", c->options.source.data_folder,
                   c->options.source.name, c->json ? "json" : "txt");
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK) return status;
    if (map.bytes > 0) (void)fwrite(map.data, 1, (size_t)map.bytes, stdout);
    vt_map_close(&map);
    return VT_OK;
}

static int run(command *c)
{
    vt_error err = {{0}};
    vt_curate_report report;
    (void)clock_gettime(CLOCK_MONOTONIC, &c->start);
    vt_status status = vt_curate(&c->options, &report, &err);
    if (isatty(STDERR_FILENO)) (void)fprintf(stderr, "\033[K");
    if (status == VT_OK && !c->json)
        (void)printf("%s: %s: %td training and %td test images of %td, %td classes\nsha256 %s\n",
                     c->options.source.name, report.existed ? "already there" : "curated",
                     report.images[VT_SPLIT_TRAIN], report.images[VT_SPLIT_TEST],
                     report.funnel.images + report.images[VT_SPLIT_TEST], report.classes,
                     report.sha256);
    vt_funnel_finish(&report.funnel);
    if (status == VT_OK) status = funnel_print(c, &err);
    if (status == VT_OK && fflush(stdout) != 0)
        status = vt_fail(&err, VT_ERR_IO, "results could not be written");
    return vt_log_ending("data curate", status, &err);
}

int vt_curate_command(int argc, char **argv, int cores)
{
    static const struct argp parser = {options, parse, "SOURCE --name NAME", help, NULL,
                                       NULL,    NULL};
    static char title[] = "patchlaw data curate";
    const char *given = getenv("PATCHLAW_DATA");
    command c = {.options = {.boxes_column = "face_bboxes",
                             .score_column = "clip_l14_similarity_score",
                             .keep = 0.15,
                             .workers = cores}};
    c.options.source.data_folder = given && *given ? given : "data";
    c.options.source.progress = progress_show;
    c.options.source.context = &c;
    argp_err_exit_status = WIRE_EXIT_USAGE;
    argv[0] = title;
    if (argp_parse(&parser, argc, argv, 0, NULL, &c) != 0) return WIRE_EXIT_USAGE;
    if (c.class_name) {
        c.options.source.class_names = &c.class_name;
        c.options.source.classes = 1;
    }
    return run(&c);
}
