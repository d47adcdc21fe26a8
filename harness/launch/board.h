/* launch/board.h - what a person sees while runs run: on a terminal, a few lines that are redrawn
 * in place below the log; elsewhere, plain lines. */
#ifndef LAB_BOARD_H
#define LAB_BOARD_H
#include "base/text.h"

typedef struct {
    bool live;      /* a terminal */
    int lines;      /* drawn and to be wiped before the next line of the log */
    double drawn_s; /* when, monotonic */
} lab_board;

void lab_board_init(lab_board *board);
/* A line that stays. */
void lab_board_say(lab_board *board, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Seconds since the last drawing have passed that make another one due. */
bool lab_board_due(const lab_board *board);
/* Draws text, of whole lines, below the log; longer lines than the terminal is wide are cut. On
 * anything but a terminal only the last line is printed. */
void lab_board_draw(lab_board *board, const char *text);
void lab_board_wipe(lab_board *board);

/* Seconds of a clock that only goes forward. */
double lab_clock_s(void);
/* Appends a bar of that many columns, filled to fraction (0 to 1). */
void lab_board_bar(lab_text *text, double fraction, int columns);
#endif
