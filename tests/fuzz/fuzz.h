/* fuzz.h - what the fuzz targets share: a fuzzer's bytes as a file, without a disk under it. */
#ifndef FUZZ_H
#define FUZZ_H
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The path of a file that holds size bytes of data, until the next call with the same slot. */
static inline const char *fuzz_file(int slot, const uint8_t *data, size_t size)
{
    static int files[4];
    static char paths[4][32];
    if (files[slot] == 0) {
        files[slot] = memfd_create("fuzz", 0);
        (void)snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", files[slot]);
    }
    if (ftruncate(files[slot], 0) != 0 || pwrite(files[slot], data, size, 0) != (ssize_t)size)
        abort();
    return paths[slot];
}

static char fuzz_made[] = "/dev/shm/patchlaw-fuzz-XXXXXX";

static inline void fuzz_folder_remove(void)
{
    DIR *folder = opendir(fuzz_made);
    if (!folder) return;
    for (const struct dirent *file = readdir(folder); file; file = readdir(folder))
        if (file->d_name[0] != '.') (void)unlinkat(dirfd(folder), file->d_name, 0);
    (void)closedir(folder);
    (void)rmdir(fuzz_made);
}

/* A folder in memory, the same for the whole run, gone at its end. */
static inline const char *fuzz_folder(void)
{
    static int made;
    if (!made && (!mkdtemp(fuzz_made) || atexit(fuzz_folder_remove) != 0)) abort();
    made = 1;
    return fuzz_made;
}
#endif
