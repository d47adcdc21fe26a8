/* wire/exit.h - what the engine's exit status tells the harness.
 *
 * A process that ended by a signal has no exit status; the harness records the signal instead.
 */
#ifndef WIRE_EXIT_H
#define WIRE_EXIT_H

typedef enum {
    WIRE_EXIT_DONE = 0,     /* finished: results are complete */
    WIRE_EXIT_DIVERGED = 1, /* the loss left the finite numbers; the last good checkpoint stays */
    WIRE_EXIT_USAGE = 2,    /* bad command line or config; the message names key and cure */
    WIRE_EXIT_SYSTEM = 3,   /* I/O, memory, damaged or missing data */
    WIRE_EXIT_STOPPED = 4,  /* asked to stop (SIGINT, SIGTERM, dead pipe): call again to go on */
    WIRE_EXIT_FULL = 5      /* no room to write: make some and call again to go on */
} wire_exit;

#endif
