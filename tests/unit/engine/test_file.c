/* Files by mapping, files that appear whole or not at all, folders. */
#include "base/file.h"
#include "base/hash.h"
#include "check.h"
#include "data_fixture.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static vt_error err;

static void a_mapped_file_holds_its_bytes(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_map map;
    fixture_folder(folder);
    fixture_write(folder, "some", "hello", 5);
    fixture_write(folder, "empty", "", 0);
    fixture_path(path, folder, "some");
    CU_ASSERT_EQUAL_FATAL(vt_map_open(&map, path, &err), VT_OK);
    CU_ASSERT(map.bytes == 5 && memcmp(map.data, "hello", 5) == 0);
    vt_map_close(&map);
    CU_ASSERT(map.data == NULL && map.bytes == 0);
    fixture_path(path, folder, "empty");
    CU_ASSERT_EQUAL(vt_map_open(&map, path, &err), VT_OK);
    CU_ASSERT(map.data == NULL && map.bytes == 0);
    vt_map_close(&map);
    fixture_remove(folder);
}

static void what_cannot_be_mapped_is_named(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_map map;
    fixture_folder(folder);
    fixture_path(path, folder, "none");
    CU_ASSERT_EQUAL(vt_map_open(&map, path, &err), VT_ERR_IO);
    CU_ASSERT(strstr(err.text, path) && strstr(err.text, "No such file"));
    CU_ASSERT_EQUAL(vt_map_open(&map, folder, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not a plain file"));
    CU_ASSERT_PTR_NULL(map.data);
    fixture_remove(folder);
}

static vt_writer *writer_at(const char *path)
{
    vt_writer *writer = NULL;
    CU_ASSERT_EQUAL(vt_writer_open(&writer, path, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(writer);
    return writer;
}

static void a_committed_file_is_whole_and_hashed(void)
{
    /* Sizes around those at which bytes are held back or passed through. */
    static const isize sizes[] = {0, 1, (1 << 20) - 1, 1 << 20, 1, (1 << 20) + 1, 77};
    static unsigned char data[(1 << 20) + 1];
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], got[VT_SHA256_HEX], want[VT_SHA256_HEX];
    isize total = 0;
    vt_map map;
    fixture_pixels(data, sizeof data, 1);
    fixture_folder(folder);
    fixture_path(path, folder, "out");
    vt_writer *writer = writer_at(path);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CU_ASSERT_EQUAL(vt_writer_put(writer, data, sizes[i], &err), VT_OK);
        total += sizes[i];
        CU_ASSERT_EQUAL(vt_writer_bytes(writer), total);
    }
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0); /* not before the commit */
    CU_ASSERT_EQUAL(vt_writer_commit(writer, got, &err), VT_OK);
    vt_writer_close(&writer);
    CU_ASSERT_PTR_NULL(writer);
    CU_ASSERT_EQUAL(fixture_files(folder), 1);
    CU_ASSERT_EQUAL_FATAL(vt_map_open(&map, path, &err), VT_OK);
    CU_ASSERT_EQUAL(map.bytes, total);
    isize at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; at += sizes[i++])
        CU_ASSERT_EQUAL(memcmp(map.data + at, data, (size_t)sizes[i]), 0);
    CU_ASSERT_EQUAL(vt_sha256_of(map.data, map.bytes, want, &err), VT_OK);
    CU_ASSERT_STRING_EQUAL(got, want);
    vt_map_close(&map);
    fixture_remove(folder);
}

static void without_a_commit_the_old_file_stays(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], text[8] = {0};
    fixture_folder(folder);
    fixture_write(folder, "out", "old", 3);
    fixture_path(path, folder, "out");
    vt_writer *writer = writer_at(path);
    CU_ASSERT_EQUAL(vt_writer_put(writer, "newer", 5, &err), VT_OK);
    vt_writer_close(&writer);
    CU_ASSERT_EQUAL(fixture_files(folder), 1);
    CU_ASSERT_EQUAL(fixture_read(folder, "out", text, sizeof text), 3);
    CU_ASSERT_STRING_EQUAL(text, "old");
    writer = writer_at(path);
    CU_ASSERT_EQUAL(vt_writer_put(writer, "newer", 5, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_writer_commit(writer, NULL, &err), VT_OK);
    vt_writer_close(&writer);
    CU_ASSERT_EQUAL(fixture_read(folder, "out", text, sizeof text), 5);
    vt_writer_close(&writer); /* NULL is fine */
    fixture_remove(folder);
}

static void a_commit_that_fails_leaves_nothing_behind(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    fixture_folder(folder);
    fixture_path(path, folder, "taken");
    CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
    vt_writer *writer = writer_at(path);
    CU_ASSERT_EQUAL(vt_writer_commit(writer, NULL, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cannot rename"));
    vt_writer_close(&writer);
    CU_ASSERT_EQUAL(fixture_files(folder), 1);
    fixture_remove(folder);
}

static void a_file_that_cannot_be_created_is_named(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], longer[8192];
    vt_writer *writer = NULL;
    fixture_folder(folder);
    fixture_path(path, folder, "none/out");
    CU_ASSERT_EQUAL(vt_writer_open(&writer, path, &err), VT_ERR_IO);
    CU_ASSERT(writer == NULL && strstr(err.text, "none/out"));
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    CU_ASSERT_EQUAL(vt_writer_open(&writer, longer, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "too long"));
    CU_ASSERT_EQUAL(vt_folder_make(longer, &err), VT_ERR_IO);
    fixture_remove(folder);
}

static void folders_are_made_with_their_parents(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    struct stat info;
    fixture_folder(folder);
    fixture_path(path, folder, "a/b//c/");
    for (int again = 0; again < 2; again++) {
        CU_ASSERT_EQUAL(vt_folder_make(path, &err), VT_OK);
        CU_ASSERT(stat(path, &info) == 0 && S_ISDIR(info.st_mode));
    }
    fixture_write(folder, "file", "x", 1);
    fixture_path(path, folder, "file");
    CU_ASSERT_EQUAL(vt_folder_make(path, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not a folder"));
    fixture_path(path, folder, "file/below");
    CU_ASSERT_EQUAL(vt_folder_make(path, &err), VT_ERR_IO);
    CU_ASSERT_EQUAL(vt_folder_make("", &err), VT_ERR_IO);
    CU_ASSERT_EQUAL(vt_folder_make("/", &err), VT_OK);
    fixture_remove(folder);
}

SUITE(file, {"a mapped file holds its bytes", a_mapped_file_holds_its_bytes},
      {"what cannot be mapped is named", what_cannot_be_mapped_is_named},
      {"a committed file is whole and hashed", a_committed_file_is_whole_and_hashed},
      {"without a commit the old file stays", without_a_commit_the_old_file_stays},
      {"a commit that fails leaves nothing behind", a_commit_that_fails_leaves_nothing_behind},
      {"a file that cannot be created is named", a_file_that_cannot_be_created_is_named},
      {"folders are made with their parents", folders_are_made_with_their_parents})
