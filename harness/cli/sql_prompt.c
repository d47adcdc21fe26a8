/* The prompt: the only file that names libedit, through its readline interface. Interrupting while
 * an answer is made ends the answer; while a line is typed, the program. */
#include "base/file.h"
#include "base/heap.h"
#include "cli/cli.h"
#include "cli/sql.h"
#include <ctype.h>
#include <errno.h>
#include <readline.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HISTORY_LINES = 2000 };
static const unsigned offered = LAB_NAMES_OBJECTS | LAB_NAMES_COLUMNS | LAB_NAMES_FUNCTIONS |
                                LAB_NAMES_SAVED | LAB_NAMES_KEYS | LAB_NAMES_WORDS |
                                LAB_NAMES_COMMANDS;

/* libedit and signal handlers are called without a context. */
static lab_names names;
static lab_ledger *asked;

/* ---- completion ---- */

static bool starts(const char *name, const char *typed)
{
    return strncasecmp(name, typed, strlen(typed)) == 0;
}

/* The next name that text begins: behind a table's alias and dot, a column; words of SQL in the
 * case that was typed. libedit frees what it gets. */
static char *next_match(const char *text, int again)
{
    static isize at;
    if (!again) at = 0;
    const char *dot = strrchr(text, '.');
    bool alias = dot && dot > text;
    for (isize i = 0; alias && i < names.count; i++)
        if (starts(names.names[i], text)) alias = false; /* a key of a config, dot and all */
    const char *typed = alias ? dot + 1 : text;
    while (at < names.count) {
        const char *name = names.names[at++];
        if (!starts(name, typed) || (!*typed && alias)) continue;
        lab_text match = {0};
        lab_text_bytes(&match, text, typed - text);
        lab_text_put(&match, name);
        if (isupper((unsigned char)name[0]) && islower((unsigned char)typed[0]))
            for (char *c = match.data; *c; c++) *c = (char)tolower((unsigned char)*c);
        return match.data;
    }
    return NULL;
}

static char **complete(const char *text, int start, int end)
{
    (void)start;
    (void)end;
    rl_attempted_completion_over = 1; /* no names of files */
    return rl_completion_matches(text, next_match);
}

/* ---- history ---- */

/* $XDG_STATE_HOME/patchlaw/sql_history, by default below ~/.local/state; empty: no history. */
static void history_path(lab_text *path)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state == '/')
        lab_text_add(path, "%s/patchlaw/sql_history", state);
    else if (home && *home == '/')
        lab_text_add(path, "%s/.local/state/patchlaw/sql_history", home);
}

static void history_open(const lab_text *path)
{
    using_history();
    stifle_history(HISTORY_LINES);
    if (path->length > 0) (void)read_history(lab_text_of(path)); /* the first time there is none */
}

static void history_save(const lab_text *path)
{
    const char *file = lab_text_of(path), *slash = strrchr(file, '/');
    lab_text folder = {0};
    lab_error err;
    if (!slash) return;
    mode_t mask = umask(077);
    lab_text_bytes(&folder, file, slash - file);
    lab_status status = lab_folder_make(lab_text_of(&folder), &err);
    if (status == LAB_OK && write_history(file) != 0)
        status = lab_fail(&err, LAB_ERR_IO, "%s: %s", file, strerror(errno));
    if (status != LAB_OK)
        (void)fprintf(stderr, "patchlaw: the history is not kept: %s\n", err.text);
    (void)umask(mask);
    lab_text_finish(&folder);
}

/* ---- lines ---- */

static void interrupt(int number)
{
    (void)number;
    if (asked) lab_ledger_interrupt(asked);
}

static void answer(lab_session *session, lab_text *pending, const char *line)
{
    struct sigaction stop = {.sa_handler = interrupt, .sa_flags = SA_RESTART}, before;
    lab_error err;
    asked = session->ledger;
    (void)sigaction(SIGINT, &stop, &before);
    lab_status status = lab_session_line(session, pending, line, &err);
    (void)sigaction(SIGINT, &before, NULL);
    asked = NULL;
    (void)fflush(stdout);
    if (status != LAB_OK) (void)lab_cli_fail(status, &err);
}

void lab_session_prompt(lab_session *session)
{
    lab_text pending = {0}, path = {0};
    lab_error ignored;
    char *line = NULL;
    if (lab_names_read(&names, session->ledger, offered, &ignored) != LAB_OK)
        lab_names_finish(&names); /* without completion, then */
    rl_readline_name = "patchlaw";
    rl_attempted_completion_function = complete;
    history_path(&path);
    history_open(&path);
    (void)printf("%s; .help for help, TAB completes names\n", lab_ledger_path(session->ledger));
    while (!session->quit && (line = readline(pending.length > 0 ? "     ...> " : "patchlaw> "))) {
        if (line[strspn(line, " \t")]) add_history(line);
        answer(session, &pending, line);
        lab_heap_free(line);
    }
    if (!session->quit) (void)printf("\n");
    history_save(&path);
    lab_names_finish(&names);
    lab_text_finish(&pending);
    lab_text_finish(&path);
}
