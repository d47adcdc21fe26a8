/* folder.h - files of a test: written below a fresh folder, gone with it. */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

typedef struct {
    char path[256];
} test_folder;

test_folder test_folder_open(void);
void test_folder_close(const test_folder *folder); /* with all files in it */
/* Writes text to a file of the folder and gives its path, which is valid until the eighth next
 * call. */
const char *test_folder_write(const test_folder *folder, const char *name, const char *text);
#endif
