/* base/terminal.h - what may be drawn where output goes. */
#ifndef LAB_TERMINAL_H
#define LAB_TERMINAL_H
#include "base/base.h"

bool lab_terminal_is(int fd);     /* a terminal that can move its cursor */
int lab_terminal_width(int fd);   /* columns; 80 where it is not known */
int lab_terminal_height(int fd);  /* lines; 24 where it is not known */
bool lab_terminal_colour(int fd); /* a terminal, and NO_COLOR is not set */

typedef enum { LAB_PLAIN, LAB_BOLD, LAB_DIM, LAB_RED, LAB_GREEN, LAB_YELLOW, LAB_BLUE } lab_ink;
/* The escape sequence that starts ink, or "" where fd takes no colour; LAB_PLAIN ends it. */
const char *lab_terminal_ink(int fd, lab_ink ink);
/* Columns that UTF-8 text takes, counting one a character. */
int lab_terminal_columns(const char *text);
#endif
