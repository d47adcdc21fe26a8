#include "launch/board.h"
#include "base/terminal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double live_every_s = 0.2, plain_every_s = 5;

double lab_clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void lab_board_init(lab_board *board)
{
    *board = (lab_board){.live = lab_terminal_is(STDOUT_FILENO), .drawn_s = lab_clock_s()};
}

void lab_board_wipe(lab_board *board)
{
    if (board->lines > 0) (void)printf("\x1b[%dA\x1b[J", board->lines);
    board->lines = 0;
}

void lab_board_say(lab_board *board, const char *format, ...)
{
    va_list args;
    lab_board_wipe(board);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
    (void)fflush(stdout);
}

bool lab_board_due(const lab_board *board)
{
    return lab_clock_s() - board->drawn_s >= (board->live ? live_every_s : plain_every_s);
}

/* The bytes of line that fit into that many columns. */
static int fitting(const char *line, int bytes, int columns)
{
    int taken = 0;
    for (int i = 0; i < bytes; i++) {
        bool starts = ((unsigned char)line[i] & 0xc0) != 0x80;
        if (starts && taken++ == columns) return i;
    }
    return bytes;
}

void lab_board_draw(lab_board *board, const char *text)
{
    int columns = lab_terminal_width(STDOUT_FILENO), rows = lab_terminal_height(STDOUT_FILENO) - 1;
    lab_board_wipe(board);
    while (*text) {
        int bytes = (int)strcspn(text, "\n");
        const char *next = text + bytes + (text[bytes] == '\n');
        bool last = !*next;
        if (board->live && (board->lines < rows - 1 || last)) {
            (void)printf("%.*s\n", fitting(text, bytes, columns), text);
            board->lines++;
        } else if (!board->live && last) {
            (void)printf("%.*s\n", bytes, text);
        }
        text = next;
    }
    (void)fflush(stdout);
    board->drawn_s = lab_clock_s();
}

void lab_board_bar(lab_text *text, double fraction, int columns)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double clipped = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    int filled = (int)(clipped * columns * 8);
    for (int c = 0; c < columns; c++) {
        int here = filled - c * 8;
        lab_text_put(text, here >= 8 ? "█" : here <= 0 ? "·" : eighths[here]);
    }
}
