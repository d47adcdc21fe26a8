/* data/command.h - patchlaw-engine data import | info | verify. */
#ifndef VT_DATA_COMMAND_H
#define VT_DATA_COMMAND_H

/* argv[0] is "data", argv[1] the verb. Results go to standard output, progress and errors to
 * standard error. Gives the exit status, of wire/exit.h. */
int vt_data_command(int argc, char **argv);
#endif
