/* report/block.h - the words behind the fence of a block in a document, and what they ask for. */
#ifndef LAB_BLOCK_H
#define LAB_BLOCK_H
#include "report/page.h"
#include "report/rows.h"

enum {
    LAB_BLOCK_PLOT,
    LAB_BLOCK_X,
    LAB_BLOCK_Y,
    LAB_BLOCK_LOW,
    LAB_BLOCK_HIGH,
    LAB_BLOCK_COLOUR,
    LAB_BLOCK_SHAPE,
    LAB_BLOCK_TIP,
    LAB_BLOCK_LOG,
    LAB_BLOCK_CAPTION,
    LAB_BLOCK_KEYS
};

typedef struct {
    char *kind, *name;          /* owned; NULL: not said */
    char *keys[LAB_BLOCK_KEYS]; /* owned; NULL: not said */
} lab_block;

/* Reads "sql NAME plot=points caption=\"two words\"". LAB_ERR_CONFIG: a key that is not known,
 * said twice, or without an end of its quotes, or a second name. */
LAB_CHECKED lab_status lab_block_read(lab_block *block, const char *info, lab_error *err);
void lab_block_finish(lab_block *block);

/* Puts the figure that the block asks for, under that name. LAB_ERR_CONFIG: a column that the rows
 * lack, or one of other values than numbers where they are drawn. */
LAB_CHECKED lab_status lab_block_plot(lab_page *page, const lab_block *block, const lab_rows *rows,
                                      const char *name, lab_error *err);
#endif
