#include "data_fixture.h"
#include "base/rng.h"
#include "check.h"
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

void fixture_folder(char folder[FIXTURE_PATH])
{
    const char *root = getenv("TMPDIR");
    (void)snprintf(folder, FIXTURE_PATH, "%s/patchlaw-test-XXXXXX", root && *root ? root : "/tmp");
    CU_ASSERT_PTR_NOT_NULL(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

void fixture_remove(const char *folder)
{
    CU_ASSERT_EQUAL(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_path(char path[FIXTURE_PATH], const char *folder, const char *name)
{
    int length = snprintf(path, FIXTURE_PATH, "%s/%s", folder, name);
    CU_ASSERT(length > 0 && length < FIXTURE_PATH);
}

void fixture_write(const char *folder, const char *name, const void *data, isize bytes)
{
    char path[FIXTURE_PATH];
    fixture_path(path, folder, name);
    for (char *p = path + strlen(folder) + 1; *p; p++) {
        if (*p != '/') continue;
        *p = '\0';
        (void)mkdir(path, 0777);
        *p = '/';
    }
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL(file);
    if (!file) return;
    CU_ASSERT_EQUAL(fwrite(data, 1, (size_t)bytes, file), (size_t)bytes);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

isize fixture_read(const char *folder, const char *name, void *data, isize room)
{
    char path[FIXTURE_PATH];
    fixture_path(path, folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) return -1;
    isize got = (isize)fread(data, 1, (size_t)room, file);
    (void)fclose(file);
    return got;
}

void fixture_flip(const char *folder, const char *name, isize at)
{
    char path[FIXTURE_PATH];
    fixture_path(path, folder, name);
    FILE *file = fopen(path, "r+b");
    CU_ASSERT_PTR_NOT_NULL(file);
    if (!file) return;
    CU_ASSERT_EQUAL(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int c = fgetc(file);
    CU_ASSERT_EQUAL(fseek(file, -1, SEEK_CUR), 0);
    CU_ASSERT_EQUAL(fputc(c ^ 1, file), c ^ 1);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

isize fixture_files(const char *folder)
{
    isize count = -2; /* . and .. */
    DIR *open = opendir(folder);
    if (!open) return -1;
    while (readdir(open)) count++;
    (void)closedir(open);
    return count;
}

void fixture_pixels(unsigned char *pixels, isize count, uint64_t seed)
{
    vt_rng rng = vt_rng_at(seed, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < count; i++) pixels[i] = (unsigned char)vt_rng_bits(&rng);
}

isize fixture_jpeg(unsigned char jpeg[FIXTURE_JPEG_MAX], int width, int height, int channels,
                   uint64_t seed)
{
    static unsigned char pixels[4 * 512 * 512];
    unsigned char corner[4];
    unsigned long bytes = FIXTURE_JPEG_MAX;
    int format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK;
    CU_ASSERT(width <= 512 && height <= 512);
    fixture_pixels(corner, 4, seed);
    for (int i = 0; i < width * height; i++)
        for (int c = 0; c < channels; c++)
            pixels[i * channels + c] = (unsigned char)(corner[c] / 2 + 64 * (i % width) / width +
                                                       63 * (i / width) / height);
    tjhandle handle = tjInitCompress();
    int rc = tjCompress2(handle, pixels, width, 0, height, format, &jpeg, &bytes,
                         channels == 1 ? TJSAMP_GRAY : TJSAMP_444, 90, TJFLAG_NOREALLOC);
    CU_ASSERT_EQUAL(rc, 0);
    (void)tjDestroy(handle);
    return (isize)bytes;
}

isize fixture_jpeg_of(unsigned char jpeg[FIXTURE_JPEG_MAX], const fixture_picture *p)
{
    unsigned long bytes = FIXTURE_JPEG_MAX;
    int sampling = p->channels == 1     ? TJSAMP_GRAY
                   : p->sampling == 422 ? TJSAMP_422
                   : p->sampling == 440 ? TJSAMP_440
                   : p->sampling == 420 ? TJSAMP_420
                   : p->sampling == 411 ? TJSAMP_411
                                        : TJSAMP_444;
    tjhandle handle = tjInitCompress();
    int rc = tjCompress2(handle, p->pixels, p->width, 0, p->height,
                         p->channels == 1 ? TJPF_GRAY : TJPF_RGB, &jpeg, &bytes, sampling, 90,
                         TJFLAG_NOREALLOC | (p->progressive ? TJFLAG_PROGRESSIVE : 0));
    CU_ASSERT_EQUAL(rc, 0);
    (void)tjDestroy(handle);
    return (isize)bytes;
}

static void entry_write(struct archive *writer, const fixture_entry *from)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, from->name);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, from->link ? AE_IFLNK : AE_IFREG);
    if (from->link) archive_entry_set_symlink(entry, from->link);
    archive_entry_set_size(entry, from->link ? 0 : from->bytes);
    CU_ASSERT_EQUAL(archive_write_header(writer, entry), ARCHIVE_OK);
    if (!from->link && from->bytes > 0)
        CU_ASSERT_EQUAL(archive_write_data(writer, from->data, (size_t)from->bytes), from->bytes);
    archive_entry_free(entry);
}

void fixture_tar(const char *path, int gzip, const fixture_entry *entries, isize count)
{
    struct archive *writer = archive_write_new();
    CU_ASSERT_EQUAL(archive_write_set_format_pax_restricted(writer), ARCHIVE_OK);
    if (gzip) CU_ASSERT_EQUAL(archive_write_add_filter_gzip(writer), ARCHIVE_OK);
    CU_ASSERT_EQUAL(archive_write_open_filename(writer, path), ARCHIVE_OK);
    for (isize i = 0; i < count; i++) entry_write(writer, entries + i);
    CU_ASSERT_EQUAL(archive_write_close(writer), ARCHIVE_OK);
    (void)archive_write_free(writer);
}

void fixture_gzip(const char *folder, const char *name, const void *data, isize bytes)
{
    char path[FIXTURE_PATH];
    fixture_path(path, folder, name);
    struct archive *writer = archive_write_new();
    CU_ASSERT_EQUAL(archive_write_set_format_raw(writer), ARCHIVE_OK);
    CU_ASSERT_EQUAL(archive_write_add_filter_gzip(writer), ARCHIVE_OK);
    CU_ASSERT_EQUAL(archive_write_open_filename(writer, path), ARCHIVE_OK);
    fixture_entry entry = {.name = "data", .data = data, .bytes = bytes};
    entry_write(writer, &entry);
    CU_ASSERT_EQUAL(archive_write_close(writer), ARCHIVE_OK);
    (void)archive_write_free(writer);
}

int fixture_shared(char path[FIXTURE_PATH], const char *name)
{
    const char *root = getenv("PATCHLAW_SHARED");
    fixture_path(path, root && *root ? root : "../shared", name);
    if (access(path, R_OK) == 0) return 1;
    check_skip(path, "the shared test data is not there (PATCHLAW_SHARED)");
    return 0;
}

vt_image fixture_image(const vt_dataset *dataset, vt_split split, isize index)
{
    vt_error err;
    vt_image image = {.label = -1};
    CU_ASSERT_EQUAL(vt_dataset_image(&image, dataset, split, index, &err), VT_OK);
    return image;
}
