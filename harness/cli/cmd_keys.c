/* patchlaw keys: the table of configuration keys. */
#include "base/text.h"
#include "cli/cli.h"
#include "config/key.h"
#include <stdio.h>

static const char doc[] =
    "Prints every key of a config: its default, what it may be, what it is. An "
    "optional key takes part in a run's identity where it is not its default: "
    "runs that began before there was such a key are the same runs with it."
    "\vExamples:\n"
    "  patchlaw keys\n"
    "  patchlaw keys --markdown > configs/KEYS.md\n"
    "  patchlaw keys --json";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key != ARGP_KEY_INIT) return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

int lab_cmd_keys(int argc, char **argv)
{
    static const char *const tasks[] = {"", "pretrain", "probe", "both"};
    static const char *const names[] = {"key", "task", "optional", "default", "takes", "help"};
    static const struct argp_child children[] = {{&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {0, parse_option, "", doc, children, 0, 0};
    lab_cli_common common = lab_cli_defaults();
    lab_table table = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &common) != 0) return LAB_EXIT_USAGE;
    for (int i = 0; i < 6; i++) lab_table_column(&table, names[i]);
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        const lab_key *key = lab_key_at((lab_key_id)i);
        lab_text takes = {0};
        lab_key_describe(key, &takes);
        lab_table_text(&table, key->name);
        lab_table_text(&table, tasks[key->task]);
        lab_table_text(&table, key->optional ? "optional" : "");
        lab_table_text(&table, key->fallback);
        lab_table_text(&table, lab_text_of(&takes));
        lab_table_text(&table, key->help);
        lab_text_finish(&takes);
    }
    lab_table_print(&table, common.form, stdout);
    lab_table_finish(&table);
    return LAB_EXIT_DONE;
}
