/* report/command.h - the command line of `patchlaw report`. */
#ifndef LAB_REPORT_COMMAND_H
#define LAB_REPORT_COMMAND_H

/* argv[0] is the name that messages begin with. Returns the exit status: 0 done, 2 for a wrong
 * request, 3 where the system or the ledger refused (wire/exit.h). */
int lab_report_command(int argc, char **argv);
#endif
