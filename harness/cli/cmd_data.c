/* patchlaw data ...: the engine's own command, under one roof. */
#include "base/heap.h"
#include "cli/cli.h"
#include "launch/engine.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

int lab_cmd_data(int argc, char **argv)
{
    lab_engine engine = {0};
    lab_error err;
    lab_status status = lab_engine_init(&engine, NULL, &err);
    char **words = lab_heap_take((argc + 2) * (isize)sizeof *words);
    if (status == LAB_OK) {
        static char data[] = "data";
        words[0] = engine.program;
        words[1] = data;
        for (int i = 1; i < argc; i++) words[i + 1] = argv[i];
        (void)execv(engine.program, words);
        status =
            lab_fail(&err, LAB_ERR_IO, "%s: cannot be run: %s", engine.program, strerror(errno));
    }
    lab_heap_free(words);
    lab_engine_finish(&engine);
    return lab_cli_fail(status, &err);
}
