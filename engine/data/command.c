#include "data/command.h"
#include "base/log.h"
#include "data/import.h"
#include "data/info.h"
#include "data/manifest.h"
#include "data/names.h"
#include "data/shrink.h"
#include "wire/exit.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    KEY_TRAIN = 1,
    KEY_TEST,
    KEY_VAL,
    KEY_CLASSES,
    KEY_STRICT,
    KEY_PIXELS,
    KEY_JSON
};

typedef struct {
    vt_import_options import;
    vt_names classes;
    const char *name;
    const char *data_folder;
    int json;
    int counting;          /* 1: progress came once */
    struct timespec start; /* then */
    double shown_s;        /* when progress was last shown, since start */
} command;

/* ---- options ---- */

static void classes_read(command *c, const char *text, struct argp_state *state)
{
    vt_error err;
    vt_status status = VT_OK;
    for (;;) {
        size_t length = strcspn(text, ",");
        if (status == VT_OK) status = vt_names_add(&c->classes, text, (isize)length, &err);
        if (text[length] == '\0') break;
        text += length + 1;
    }
    if (status == VT_OK) status = vt_names_check(&c->classes, &err);
    if (status != VT_OK) argp_error(state, "--classes: %s", err.text);
    c->import.classes = c->classes.count;
    c->import.class_names = vt_names_list(&c->classes);
}

static vt_format format_read(const char *text, struct argp_state *state)
{
    vt_format format = VT_FORMAT_AUTO;
    while (format < VT_FORMAT_COUNT && strcmp(text, vt_format_name(format)) != 0) format++;
    if (format == VT_FORMAT_COUNT)
        argp_error(state, "--format: %s is none of auto, idx, cifar, folder, tar", text);
    return format;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    command *c = state->input;
    switch (key) {
    case 'd':
        c->data_folder = arg;
        return 0;
    case KEY_JSON:
        c->json = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0) return ARGP_ERR_UNKNOWN;
        c->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (!c->name) argp_error(state, "which data set? Its NAME is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int pixels_read(const char *arg, struct argp_state *state)
{
    char *end = NULL;
    long pixels = strtol(arg, &end, 10);
    if (*end || pixels < 1 || pixels > VT_SHRINK_MAX)
        argp_error(state, "--pixels: %s is not in 1..%d", arg, (int)VT_SHRINK_MAX);
    return (int)pixels;
}

static error_t parse_import(int key, char *arg, struct argp_state *state)
{
    command *c = state->input;
    switch (key) {
    case KEY_TRAIN:
        c->import.train = arg;
        return 0;
    case KEY_TEST:
        c->import.test = arg;
        return 0;
    case KEY_VAL:
        c->import.val = arg;
        return 0;
    case KEY_PIXELS:
        c->import.pixels = pixels_read(arg, state);
        return 0;
    case KEY_STRICT:
        c->import.strict = 1;
        return 0;
    case KEY_CLASSES:
        classes_read(c, arg, state);
        return 0;
    case 'f':
        c->import.format = format_read(arg, state);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num != 1) return parse_common(key, arg, state);
        c->import.path = arg;
        return 0;
    default:
        return parse_common(key, arg, state);
    }
}

#define COMMON_OPTIONS                                                                             \
    {                                                                                              \
        "data", 'd', "DIR", 0, "Data folder; default $PATCHLAW_DATA, else ./data", 0               \
    }
#define JSON_OPTION                                                                                \
    {                                                                                              \
        "json", KEY_JSON, NULL, 0, "Print one JSON object", 0                                      \
    }

static const struct argp_option import_options[] = {
    {"train", KEY_TRAIN, "PATH", 0, "Folder or tar with CLASS/NAME.jpg: the training split", 0},
    {"test", KEY_TEST, "PATH", 0, "The same for the test split", 0},
    {"val", KEY_VAL, "PATH", 0,
     "The same; joins the training split, or is the test split where there is no other", 0},
    {"format", 'f', "FORMAT", 0, "auto (default), idx, cifar, folder, tar", 0},
    {"classes", KEY_CLASSES, "A,B,...", 0, "Class names of IDX labels 0, 1, ...", 0},
    {"pixels", KEY_PIXELS, "PX", 0,
     "Keep decoded pixels with PX on the shorter side, where there are more (default: what is "
     "found, "
     "JPEGs as JPEGs)",
     0},
    {"strict", KEY_STRICT, NULL, 0, "Refuse at the first image that would be left out", 0},
    COMMON_OPTIONS,
    JSON_OPTION,
    {0}};
static const struct argp_option info_options[] = {COMMON_OPTIONS, JSON_OPTION, {0}};
static const struct argp_option verify_options[] = {COMMON_OPTIONS, {0}};

static const char import_help[] =
    "Makes the data set NAME in the data folder."
    "\vPATH is a folder with the four IDX files of MNIST or Fashion-MNIST (gzipped or not); "
    "cifar-10-binary.tar.gz, or the folder it unpacks to; or a folder or tar with "
    "train/CLASS/NAME.jpg and test/CLASS/NAME.jpg. Images that cannot be used are named and left "
    "out. Where NAME is there with the same content already, nothing is done.\n\n"
    "JPEGs are decoded again each time that they are read; --pixels keeps what came out, at a size "
    "of choice: 3 x PX x PX bytes of a square image and more of others, and several times the "
    "images a second. About 1.25 times data.image_px leaves random crops room.\n\n"
    "Examples:\n"
    "  patchlaw data import fashion-mnist /usr/share/datasets/fashion-mnist\n"
    "  patchlaw data import cifar10 cifar-10-binary.tar.gz\n"
    "  patchlaw data import birds --train birds/train --test birds/test\n"
    "  patchlaw data import birds-80 --train birds/train --test birds/test --pixels 80\n"
    "  patchlaw data import waste --train train.tar --val val.tar --test test.tar --strict";
static const char info_help[] = "Says what the data set NAME holds."
                                "\vExamples:\n"
                                "  patchlaw data info fashion-mnist\n"
                                "  patchlaw data info --json fashion-mnist";
static const char verify_help[] =
    "Reads all of the data set NAME and compares every hash with its manifest."
    "\vExample:\n"
    "  patchlaw data verify fashion-mnist";

/* ---- printing ---- */

static double elapsed_s(const command *c)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - c->start.tv_sec) + 1e-9 * (double)(now.tv_nsec - c->start.tv_nsec);
}

/* On a terminal one line that rewrites itself; else a line every few seconds. */
static void progress_show(void *context, const vt_import_progress *progress)
{
    command *c = context;
    if (!c->counting) (void)clock_gettime(CLOCK_MONOTONIC, &c->start);
    c->counting = 1;
    double now_s = elapsed_s(c);
    int terminal = isatty(STDERR_FILENO);
    if (now_s - c->shown_s < (terminal ? 0.1 : 5)) return;
    c->shown_s = now_s;
    (void)fprintf(stderr, "%s%s: %td images, %td skipped, %.0f images/s%s",
                  terminal ? "\033[K" : "", c->name, progress->images, progress->skipped,
                  (double)(progress->images + progress->skipped) / now_s, terminal ? "\r" : "\n");
}

static void import_print(const command *c, const vt_import_report *r)
{
    if (!c->json) {
        (void)printf("%s: %s: %td training and %td test images, %td classes, %td skipped\n",
                     c->name, r->existed ? "already there" : "imported", r->images[VT_SPLIT_TRAIN],
                     r->images[VT_SPLIT_TEST], r->classes, r->skipped_total);
        for (vt_skip s = VT_SKIP_NONE; s < VT_SKIP_COUNT; s++)
            if (r->skipped[s] > 0) (void)printf("  %td %s\n", r->skipped[s], vt_skip_text(s));
        (void)printf("sha256 %s\n", r->sha256);
        return;
    }
    (void)printf("{\"name\":");
    vt_print_json_text(c->name);
    (void)printf(",\"sha256\":\"%s\",\"existed\":%s,\"images\":{\"train\":%td,\"test\":%td},"
                 "\"classes\":%td,\"skipped\":{",
                 r->sha256, r->existed ? "true" : "false", r->images[VT_SPLIT_TRAIN],
                 r->images[VT_SPLIT_TEST], r->classes);
    const char *comma = "";
    for (vt_skip s = VT_SKIP_NONE; s < VT_SKIP_COUNT; s++) {
        if (r->skipped[s] == 0) continue;
        (void)printf("%s\"%s\":%td", comma, vt_skip_text(s), r->skipped[s]);
        comma = ",";
    }
    (void)printf("},\"skipped_first\":[");
    for (isize i = 0; i < r->skipped_total && i < VT_IMPORT_NAMED; i++) {
        if (i > 0) (void)putchar(',');
        vt_print_json_text(r->first[i]);
    }
    (void)printf("]}\n");
}

/* ---- verbs ---- */

static int run_import(command *c)
{
    vt_error err = {{0}};
    vt_import_report report;
    c->import.name = c->name;
    c->import.data_folder = c->data_folder;
    c->import.progress = progress_show;
    c->import.context = c;
    vt_status status = vt_import(&c->import, &report, &err);
    if (isatty(STDERR_FILENO)) (void)fprintf(stderr, "\033[K");
    if (status != VT_OK) return vt_log_ending("data import", status, &err);
    if (report.images[VT_SPLIT_TEST] == 0)
        vt_log("%s: no test split; pre-training can validate on none, and probes need one",
               c->name);
    import_print(c, &report);
    return WIRE_EXIT_DONE;
}

static int run_verify(const command *c, const char *folder)
{
    vt_error err = {{0}};
    vt_status status = vt_dataset_verify(folder, &err);
    if (status != VT_OK) return vt_log_ending("data verify", status, &err);
    (void)printf("%s: every hash is right\n", c->name);
    return WIRE_EXIT_DONE;
}

static int run(command *c, char **verb, int argc)
{
    static const struct argp parsers[] = {
        {import_options, parse_import, "NAME [PATH]", import_help, NULL, NULL, NULL},
        {info_options, parse_common, "NAME", info_help, NULL, NULL, NULL},
        {verify_options, parse_common, "NAME", verify_help, NULL, NULL, NULL}};
    static const char *const verbs[] = {"import", "info", "verify"};
    static char titles[][32] = {"patchlaw data import", "patchlaw data info",
                                "patchlaw data verify"};
    char folder[PATH_BYTES];
    int which = 0;
    while (which < 3 && strcmp(verb[0], verbs[which]) != 0) which++;
    if (which == 3) {
        vt_log("data: %s is none of fetch, import, curate, mix, info, verify; "
               "try: patchlaw data --help",
               verb[0]);
        return WIRE_EXIT_USAGE;
    }
    verb[0] = titles[which];
    if (argp_parse(&parsers[which], argc, verb, 0, NULL, c) != 0) return WIRE_EXIT_USAGE;
    if (which == 0) return run_import(c);
    int length = snprintf(folder, sizeof folder, "%s/%s", c->data_folder, c->name);
    if (length < 0 || (size_t)length >= sizeof folder || strchr(c->name, '/')) {
        vt_log("data %s: %.100s is no name of a data set", verbs[which], c->name);
        return WIRE_EXIT_USAGE;
    }
    if (which == 2) return run_verify(c, folder);
    vt_error err = {{0}};
    vt_status status = vt_info_print(folder, c->json, &err);
    return vt_log_ending("data info", status, &err);
}

int vt_data_command(int argc, char **argv)
{
    static const char usage[] =
        "Usage: patchlaw data import NAME [PATH]   make a data set from IDX, CIFAR, folders, tars\n"
        "       patchlaw data fetch LIST --out DIR images of a list of URLs, or a known data set\n"
        "       patchlaw data curate SOURCE --name NAME   make one of what is good in a "
        "webdataset\n"
        "       patchlaw data mix SOURCE:WEIGHT... --name NAME   one that draws from others\n"
        "       patchlaw data info NAME            say what one holds\n"
        "       patchlaw data verify NAME          compare it with its hashes\n"
        "Each takes --help. The data folder is $PATCHLAW_DATA, else ./data.\n";
    const char *given = getenv("PATCHLAW_DATA");
    command c = {.data_folder = given && *given ? given : "data"};
    argp_err_exit_status = WIRE_EXIT_USAGE;
    if (argc < 2) {
        (void)fputs(usage, stderr);
        return WIRE_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        (void)fputs(usage, stdout);
        return WIRE_EXIT_DONE;
    }
    int code = run(&c, argv + 1, argc - 1);
    vt_names_finish(&c.classes);
    if (fflush(stdout) != 0) {
        vt_log("data: cannot write to standard output");
        return WIRE_EXIT_SYSTEM;
    }
    return code;
}
