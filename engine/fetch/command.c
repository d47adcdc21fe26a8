#include "fetch/command.h"
#include "base/log.h"
#include "data/info.h"
#include "fetch/fetch.h"
#include "fetch/known.h"
#include "fetch/robots.h"
#include "fetch/show.h"
#include "wire/exit.h"
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16, MAPS_MAX = 32, AGENT_BYTES = 64 };
enum {
    KEY_MAP = 1,
    KEY_SAMPLES,
    KEY_PER_HOST,
    KEY_RETRIES,
    KEY_BACKOFF,
    KEY_TIMEOUT,
    KEY_STALL,
    KEY_BYTES,
    KEY_REDIRECTS,
    KEY_AGENT,
    KEY_ROBOTS,
    KEY_PRIVATE,
    KEY_FILE,
    KEY_AUTHORITIES,
    KEY_AGAIN,
    KEY_MIRROR,
    KEY_JSON
};

typedef struct {
    vt_fetch_options fetch;
    const char *arguments[ARGUMENTS_MAX];
    int arguments_used;
    const char *out, *mirror;
    int json;
    vt_list_map maps[MAPS_MAX];
    char agent[AGENT_BYTES];
    vt_show show;
} command;

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int signal)
{
    (void)signal;
    asked_to_stop = 1;
}

/* A second Ctrl-C ends at once; nothing is lost by that either. */
static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND},
                     ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

/* ---- options ---- */

static double number(const char *option, const char *text, double low, double high,
                     struct argp_state *state)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= low && value <= high))
        argp_error(state, "--%s: %s is not in %g..%g", option, text, low, high);
    return value;
}

static int64_t size(const char *text, struct argp_state *state)
{
    static const char units[] = "kMG";
    char *end = NULL;
    double value = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        for (const char *u = units; u <= unit; u++) value *= 1024;
        end++;
    }
    if (end == text || *end || !(value >= 1 && value <= 0x1p40))
        argp_error(state, "--bytes-max: %s is no size, as 500k, 16M, 1G", text);
    return (int64_t)value;
}

static void map_read(command *c, char *text, struct argp_state *state)
{
    char *equals = strchr(text, '=');
    vt_list_options *list = &c->fetch.list;
    if (!equals || equals == text || !equals[1])
        argp_error(state, "--map: %s is not NAME=COLUMN, as url=image_url", text);
    if (list->maps_used == MAPS_MAX) argp_error(state, "--map: more than %d", (int)MAPS_MAX);
    if (!equals || list->maps_used == MAPS_MAX) return;
    *equals = '\0';
    c->maps[list->maps_used++] = (vt_list_map){.ours = text, .theirs = equals + 1};
}

static void again_read(command *c, const char *text, struct argp_state *state)
{
    while (*text) {
        size_t length = strcspn(text, ",");
        vt_state named = VT_STATE_OK;
        int transient = length == 9 && strncmp(text, "transient", 9) == 0;
        if (!transient && (!vt_state_named(&named, text, (isize)length) || named == VT_STATE_OK))
            argp_error(state, "--again: %.*s is neither transient nor a state of failure",
                       (int)length, text);
        for (vt_state s = VT_STATE_OK; s < VT_STATE_COUNT; s++)
            if (transient ? vt_state_transient(s) : s == named) c->fetch.again[s] = 1;
        text += length + (text[length] != '\0');
    }
}

static void private_read(command *c, const char *text, struct argp_state *state)
{
    vt_net_options *net = &c->fetch.net;
    if (!text) {
        net->allow_private = 1;
        return;
    }
    if (net->networks_used == VT_NET_NETWORKS_MAX)
        argp_error(state, "--allow-private: more than %d", (int)VT_NET_NETWORKS_MAX);
    if (!vt_network_read(&net->networks[net->networks_used++], text))
        argp_error(state, "--allow-private: %s is no network, as 10.1.0.0/16", text);
}

/* Robots directives know this program by the first word of its User-Agent. */
static void agent_read(command *c, const char *text)
{
    size_t length = strcspn(text, "/ ");
    c->fetch.net.user_agent = text;
    (void)snprintf(c->agent, sizeof c->agent, "%.*s", (int)vt_min((isize)length, AGENT_BYTES - 1),
                   text);
    for (char *p = c->agent; *p; p++) *p = (char)tolower((unsigned char)*p);
    c->fetch.net.agent = c->agent;
}

static vt_list_format format_read(const char *text, struct argp_state *state)
{
    vt_list_format format = VT_LIST_AUTO;
    while (format < VT_LIST_FORMATS && strcmp(text, vt_list_format_name(format)) != 0) format++;
    if (format == VT_LIST_FORMATS)
        argp_error(state, "--format: %s is none of auto, csv, tsv, jsonl", text);
    return format;
}

static error_t parse_limits(int key, char *arg, struct argp_state *state)
{
    command *c = state->input;
    vt_fetch_options *f = &c->fetch;
    switch (key) {
    case 'p':
        f->net.parallel = (int)number("parallel", arg, 1, 10000, state);
        return 0;
    case KEY_PER_HOST:
        f->per_host = (int)number("per-host", arg, 1, 10000, state);
        return 0;
    case KEY_RETRIES:
        f->retries = (int)number("retries", arg, 0, 100, state);
        return 0;
    case KEY_BACKOFF:
        f->backoff_s = number("backoff", arg, 0, 60, state);
        return 0;
    case KEY_TIMEOUT:
        f->net.timeout_s = number("timeout", arg, 0.001, 86400, state);
        return 0;
    case KEY_STALL:
        f->net.stall_s = (int)number("stall", arg, 1, 3600, state);
        return 0;
    case KEY_BYTES:
        f->net.bytes_max = size(arg, state);
        return 0;
    case KEY_REDIRECTS:
        f->net.redirects_max = (int)number("redirects", arg, 0, 50, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    command *c = state->input;
    switch (key) {
    case 'o':
        c->out = arg;
        return 0;
    case 'f':
        c->fetch.list.format = format_read(arg, state);
        return 0;
    case KEY_MAP:
        map_read(c, arg, state);
        return 0;
    case KEY_SAMPLES:
        c->fetch.samples = (isize)number("samples", arg, 1, VT_PLACE_SAMPLES_MAX, state);
        return 0;
    case KEY_AGENT:
        agent_read(c, arg);
        return 0;
    case KEY_ROBOTS:
        c->fetch.net.robots = arg;
        return 0;
    case KEY_PRIVATE:
        private_read(c, arg, state);
        return 0;
    case KEY_FILE:
        c->fetch.net.allow_file = 1;
        return 0;
    case KEY_AUTHORITIES:
        if (access(arg, R_OK) != 0) argp_error(state, "--ca-file: %s: %s", arg, strerror(errno));
        c->fetch.net.ca_file = arg;
        return 0;
    case KEY_AGAIN:
        again_read(c, arg, state);
        return 0;
    case KEY_MIRROR:
        c->mirror = arg;
        return 0;
    case KEY_JSON:
        c->json = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (c->arguments_used == ARGUMENTS_MAX) return ARGP_ERR_UNKNOWN;
        c->arguments[c->arguments_used++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (c->arguments_used == 0) argp_error(state, "which list, or which known data set?");
        if (!c->out) argp_error(state, "--out DIR is missing");
        return 0;
    default:
        return parse_limits(key, arg, state);
    }
}

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "Folder of the fetch; made where it is missing", 0},
    {"format", 'f', "FORMAT", 0, "auto (default: by the list's name), csv, tsv, jsonl", 0},
    {"map", KEY_MAP, "NAME=COLUMN", 0, "The list's COLUMN is read as NAME; may be given again", 0},
    {"samples", KEY_SAMPLES, "N", 0, "Rows of a part (default 10000)", 0},
    {"parallel", 'p', "N", 0, "Downloads at once (default 256)", 1},
    {"per-host", KEY_PER_HOST, "N", 0, "Downloads at once from one host (default 16)", 1},
    {"retries", KEY_RETRIES, "N", 0, "Times to try again what is transient (default 3)", 1},
    {"backoff", KEY_BACKOFF, "S", 0,
     "Seconds before that, doubled each time up to 60 (default 1); Retry-After is heeded", 1},
    {"timeout", KEY_TIMEOUT, "S", 0, "Seconds of one download (default 30)", 1},
    {"stall", KEY_STALL, "S", 0, "Give up after S seconds below 100 bytes/s (default 10)", 1},
    {"bytes-max", KEY_BYTES, "SIZE", 0,
     "Of an image (default 16M); at most --parallel times that "
     "is in memory",
     1},
    {"redirects", KEY_REDIRECTS, "N", 0, "Followed, at most (default 5)", 1},
    {"user-agent", KEY_AGENT, "TEXT", 0,
     "Default patchlaw; its first word is the name that X-Robots-Tag may address", 2},
    {"robots", KEY_ROBOTS, "LIST", 0,
     "Directives of X-Robots-Tag that forbid (default " VT_ROBOTS_DEFAULT "; '' for none)", 2},
    {"allow-private", KEY_PRIVATE, "NETWORK", OPTION_ARG_OPTIONAL,
     "Also private and local addresses: all, or those of NETWORK (10.1.0.0/16)", 2},
    {"allow-file", KEY_FILE, NULL, 0, "Also file:///PATH", 2},
    {"ca-file", KEY_AUTHORITIES, "FILE", 0,
     "PEM file of the authorities that are trusted (default: the system's)", 2},
    {"again", KEY_AGAIN, "STATES", 0,
     "In finished parts, try again what ended so: transient, or states with commas", 3},
    {"mirror", KEY_MIRROR, "PLACE", 0, "URL or folder that has a known data set's files", 3},
    {"json", KEY_JSON, NULL, 0, "Print JSON: one object, or one a known data set", 3},
    {0}};

static const char help[] =
    "Fetches the images that LIST names, or data sets that are known by name.\v"
    "LIST is CSV, TSV or JSONL (.gz too) with the column url; DataComp's other columns are kept: "
    "uid text original_width original_height clip_l14_similarity_score face_bboxes, and sha256 is "
    "compared. DIR gets webdataset parts 00000.tar (KEY.jpg, KEY.json, KEY.txt) and beside each "
    "00000.tsv, in which every row has one state. Whatever ends it, the same command goes on: "
    "parts that are finished are not fetched again. Certificates are verified always, private "
    "addresses refused, proxies of the environment not used.\n\n"
    "Known: " VT_KNOWN_NAMES ".\n\n"
    "Exit status: 0 every row has its state, good or bad; 2 bad command, or folder of another "
    "list; 3 system, or a list or files that cannot be read; 4 stopped; 5 no room to write.\n\n"
    "Examples:\n"
    "  patchlaw data fetch datacomp.csv.gz --out web\n"
    "  patchlaw data fetch laion.jsonl --map url=URL --map text=TEXT --out laion --parallel 500\n"
    "  patchlaw data fetch datacomp.csv.gz --out web --again transient,http_4xx --json\n"
    "  patchlaw data fetch cifar10 fashion-mnist imagenette --out originals\n"
    "  patchlaw data fetch imagenette --mirror https://mirror.example.org/sets --out originals";

/* ---- known data sets ---- */

static void show_file(void *context, const vt_known_progress *progress)
{
    command *c = context;
    vt_show_file(&c->show, progress);
}

static void known_print(const command *c, const char *name, const char *line, int in_place)
{
    if (!c->json) {
        (void)printf("%s: %s; import it with:\n  %s\n", name,
                     in_place ? "found in place" : "fetched, its SHA-256 is right", line);
        return;
    }
    (void)printf("{\"name\":");
    vt_print_json_text(name);
    (void)printf(",\"in_place\":%s,\"import\":", in_place ? "true" : "false");
    vt_print_json_text(line);
    (void)printf("}\n");
}

static vt_status run_known(command *c, vt_error *err)
{
    vt_known_options known = {.folder = c->out,
                              .mirror = c->mirror,
                              .net = c->fetch.net,
                              .retries = c->fetch.retries,
                              .backoff_s = c->fetch.backoff_s,
                              .progress = show_file,
                              .context = c,
                              .stop = &asked_to_stop};
    known.net.parallel = 1;
    known.net.timeout_s = 0; /* a file takes as long as it takes, unless it stalls */
    known.net.bytes_max = 0;
    known.net.robots = ""; /* the authors offer them */
    vt_status status = VT_OK;
    int ends = 0; /* what would end the others, too */
    for (int i = 0; i < c->arguments_used && !ends; i++) {
        char line[8192];
        int in_place = 0;
        vt_error own;
        known.set = vt_known(c->arguments[i]);
        vt_status one = vt_known_fetch(&known, line, &in_place, &own);
        vt_show_end();
        ends = one == VT_ERR_CANCELLED || one == VT_ERR_FULL;
        if (one == VT_OK) known_print(c, known.set->name, line, in_place);
        if (one != VT_OK && status != VT_OK) vt_log("data fetch: %s", err->text);
        if (one == VT_OK) continue;
        status = one;
        *err = own;
    }
    return status;
}

/* ---- the command ---- */

static void show_progress(void *context, const vt_fetch_progress *progress)
{
    command *c = context;
    vt_show_progress(&c->show, progress);
}

static vt_status run_list(command *c, vt_error *err)
{
    vt_fetch_progress report;
    c->fetch.list.path = c->arguments[0];
    c->fetch.list.maps = c->maps;
    c->fetch.folder = c->out;
    c->fetch.progress = show_progress;
    c->fetch.context = c;
    c->fetch.stop = &asked_to_stop;
    vt_status status = vt_fetch(&c->fetch, &report, err);
    vt_show_end();
    if (report.rows > 0) vt_show_summary(c->out, &report, c->json);
    return status;
}

static vt_status run(command *c, vt_error *err)
{
    int known = 0;
    for (int i = 0; i < c->arguments_used; i++) known += vt_known(c->arguments[i]) != NULL;
    if (known == c->arguments_used) return run_known(c, err);
    if (known > 0 || c->arguments_used > 1)
        return vt_fail(err, VT_ERR_CONFIG,
                       "one list at a time, or known data sets alone: " VT_KNOWN_NAMES);
    if (c->mirror)
        return vt_fail(err, VT_ERR_CONFIG, "--mirror is for known data sets: " VT_KNOWN_NAMES);
    if (access(c->arguments[0], R_OK) != 0)
        return vt_fail(
            err, VT_ERR_CONFIG,
            "%.200s: no list that can be read on this machine (%s), and none of the known "
            "data sets " VT_KNOWN_NAMES,
            c->arguments[0], strerror(errno));
    return run_list(c, err);
}

int vt_fetch_command(int argc, char **argv)
{
    static const struct argp parser = {options, parse, "LIST|NAME...", help, NULL, NULL, NULL};
    static char title[] = "patchlaw data fetch";
    vt_error err = {{0}};
    command c = {.fetch = {.samples = 10000,
                           .per_host = 16,
                           .retries = 3,
                           .backoff_s = 1,
                           .net = {.parallel = 256,
                                   .timeout_s = 30,
                                   .connect_s = 10,
                                   .stall_s = 10,
                                   .stall_rate = 100,
                                   .bytes_max = 16 << 20,
                                   .redirects_max = 5,
                                   .robots = VT_ROBOTS_DEFAULT}}};
    agent_read(&c, "patchlaw");
    argp_err_exit_status = WIRE_EXIT_USAGE;
    argv[0] = title;
    if (argp_parse(&parser, argc, argv, 0, NULL, &c) != 0) return WIRE_EXIT_USAGE;
    catch_signals();
    vt_status status = run(&c, &err);
    int code = vt_log_ending("data fetch", status, &err);
    if (fflush(stdout) == 0) return code;
    vt_log("data fetch: cannot write to standard output");
    return WIRE_EXIT_SYSTEM;
}
