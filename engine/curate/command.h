/* curate/command.h - patchlaw-engine data curate. */
#ifndef VT_CURATE_COMMAND_H
#define VT_CURATE_COMMAND_H

/* argv[0] is "curate". Results go to standard output, progress and errors to standard error. cores:
 * workers where none are asked for. Gives the exit status, of wire/exit.h. */
int vt_curate_command(int argc, char **argv, int cores);
#endif
