/* data/mix_command.h - patchlaw-engine data mix. */
#ifndef VT_MIX_COMMAND_H
#define VT_MIX_COMMAND_H

/* argv[0] is "mix". Results go to standard output, errors to standard error. Gives the exit status,
 * of wire/exit.h. */
int vt_mix_command(int argc, char **argv);
#endif
