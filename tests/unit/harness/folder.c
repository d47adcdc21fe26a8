#include "folder.h"
#include "check.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

test_folder test_folder_open(void)
{
    test_folder folder = {"/tmp/patchlaw-test-XXXXXX"};
    CU_ASSERT_FATAL(mkdtemp(folder.path) != NULL);
    return folder;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

void test_folder_close(const test_folder *folder)
{
    CU_ASSERT(nftw(folder->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

const char *test_folder_write(const test_folder *folder, const char *name, const char *text)
{
    static char paths[8][512];
    static int next = 0;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    FILE *file = fopen(path, "we");
    CU_ASSERT_FATAL(file != NULL);
    CU_ASSERT(fputs(text, file) >= 0);
    CU_ASSERT(fclose(file) == 0);
    return path;
}
