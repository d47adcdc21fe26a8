/* patchlaw report NAME: figures and tables on one page. */
#include "cli/cli.h"
#include "report/command.h"

int lab_cmd_report(int argc, char **argv)
{
    return lab_report_command(argc, argv);
}
