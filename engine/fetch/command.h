/* fetch/command.h - patchlaw-engine data fetch. */
#ifndef VT_FETCH_COMMAND_H
#define VT_FETCH_COMMAND_H

/* argv[0] is "fetch". Results go to standard output, progress and errors to standard error. Gives
 * the exit status, of wire/exit.h. */
int vt_fetch_command(int argc, char **argv);
#endif
