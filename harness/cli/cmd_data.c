/* patchlaw data ...: the engine's own command, under one roof; what a curation counted is recorded
 * behind it. */
#include "base/heap.h"
#include "base/text.h"
#include "cli/cli.h"
#include "import/curation.h"
#include "launch/engine.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The value of an option that is written in full; NULL: it is not there. */
static const char *value_of(int argc, char **argv, const char *name)
{
    size_t length = strlen(name);
    for (int i = 1; i < argc && argv[i]; i++) {
        if (strcmp(argv[i], name) == 0 && i + 1 < argc) return argv[i + 1];
        if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    }
    return NULL;
}

static lab_status record(const lab_engine *engine, int argc, char **argv, lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_text folder = {0};
    bool known = false;
    const char *name = value_of(argc, argv, "--name"), *data = value_of(argc, argv, "--data");
    if (!data) data = value_of(argc, argv, "-d");
    lab_text_add(&folder, "%s/%s", data ? data : engine->data, name ? name : "");
    lab_status status = lab_ledger_open(&ledger, lab_cli_defaults().ledger, LAB_LEDGER_WRITE, err);
    if (status == LAB_OK) status = lab_curation_record(ledger, lab_text_of(&folder), &known, err);
    if (status == LAB_OK)
        (void)fprintf(stderr, "%s: %s; patchlaw report data shows it\n", lab_ledger_path(ledger),
                      known ? "has its record already" : "its record is kept");
    else
        lab_error_context(err, "the data set is made, but its record is not in the ledger (the "
                               "same command again records it; --name in full)");
    lab_ledger_close(&ledger);
    lab_text_finish(&folder);
    return status;
}

/* Runs the engine with the terminal as it is, and waits for it. */
static lab_status run(const lab_engine *engine, char **words, int *exit_code, lab_error *err)
{
    int state = 0;
    pid_t pid = fork();
    if (pid < 0) return lab_fail(err, LAB_ERR_IO, "cannot fork: %s", strerror(errno));
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* who started it waits no longer */
        (void)execv(engine->program, words);
        _exit(127);
    }
    while (waitpid(pid, &state, 0) < 0)
        if (errno != EINTR) return lab_fail(err, LAB_ERR_IO, "cannot wait: %s", strerror(errno));
    *exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : LAB_EXIT_SYSTEM;
    if (*exit_code == 127) return lab_fail(err, LAB_ERR_IO, "%s: cannot be run", engine->program);
    return LAB_OK;
}

static bool asks(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc && argv[i]; i++)
        if (strcmp(argv[i], word) == 0) return true;
    return false;
}

int lab_cmd_data(int argc, char **argv)
{
    lab_engine engine = {0};
    lab_error err;
    int exit_code = LAB_EXIT_DONE;
    lab_status status = lab_engine_init(&engine, NULL, &err);
    char **words = lab_heap_take((argc + 2) * (isize)sizeof *words);
    if (status == LAB_OK) {
        static char data[] = "data";
        words[0] = engine.program;
        words[1] = data;
        for (int i = 1; i < argc; i++) words[i + 1] = argv[i];
    }
    bool curates = argc > 1 && strcmp(argv[1], "curate") == 0 && !asks(argc, argv, "--help") &&
                   !asks(argc, argv, "-?") && !asks(argc, argv, "--usage");
    if (status == LAB_OK && !curates) {
        (void)execv(engine.program, words);
        status =
            lab_fail(&err, LAB_ERR_IO, "%s: cannot be run: %s", engine.program, strerror(errno));
    }
    if (status == LAB_OK) status = run(&engine, words, &exit_code, &err);
    if (status == LAB_OK && exit_code == LAB_EXIT_DONE) status = record(&engine, argc, argv, &err);
    lab_heap_free(words);
    lab_engine_finish(&engine);
    return status == LAB_OK ? exit_code : lab_cli_fail(status, &err);
}
