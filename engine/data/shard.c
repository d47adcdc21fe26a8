/* A shard, byte by byte. All integers are little-endian and unsigned.
 *
 *   0        8  magic: "VTSHARD" and the version, byte 1
 *   8        .  the images' bytes, one after the other in the order of the index, without gaps:
 *               a JPEG stream, or raw pixels [height, width, channels] of one byte each
 *   I    28 * n index, one entry an image:
 *                 0  8  offset of the image's bytes in the file
 *                 8  4  how many bytes
 *                12  4  height in px
 *                16  4  width in px
 *                20  1  channels, 1 or 3
 *                21  1  1 for a JPEG, 0 for raw pixels
 *                22  2  zero
 *                24  4  label, below 2^31
 *   F       56  footer, the last bytes of the file:
 *                 0  8  n, number of images
 *                 8  8  I, offset of the index
 *                16 32  SHA-256 of the index and of the footer's first 16 bytes
 *                48  8  magic again
 *
 * The footer's hash guards what is trusted at open; the images' bytes are guarded by the hashes
 * in the manifest. A file is at most 256 MiB.
 */
#include "data/shard.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include "data/buffer.h"
#include "data/little.h"
#include "data/source.h"
#include <string.h>

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { HASH_CHECKED = 0 }; /* no fuzzer finds a hash, and what lies behind it is to be tried */
#else
enum { HASH_CHECKED = 1 };
#endif
enum { HEAD = 8, ENTRY = 28, FOOTER = 56, HASHED = 16 };
static const unsigned char MAGIC[HEAD] = {'V', 'T', 'S', 'H', 'A', 'R', 'D', 1};

struct vt_shard {
    vt_map map;
    const unsigned char *index;
    isize images;
};

struct vt_shard_writer {
    vt_writer *file;
    vt_buffer index;
    isize images;
};

/* ---- reading ---- */

static vt_image entry_read(const vt_shard *shard, isize i)
{
    const unsigned char *entry = shard->index + i * ENTRY;
    return (vt_image){.data = shard->map.data + vt_little_get(entry, 8),
                      .bytes = (isize)vt_little_get(entry + 8, 4),
                      .height = (int)vt_little_get(entry + 12, 4),
                      .width = (int)vt_little_get(entry + 16, 4),
                      .channels = entry[20],
                      .jpeg = entry[21],
                      .label = (int32_t)vt_little_get(entry + 24, 4)};
}

/* Says what is wrong with entry i, or NULL; *offset moves to where the next image must begin. */
static const char *entry_check(const vt_shard *shard, isize i, uint64_t end, uint64_t *offset)
{
    const unsigned char *entry = shard->index + i * ENTRY;
    uint64_t bytes = vt_little_get(entry + 8, 4);
    uint64_t height = vt_little_get(entry + 12, 4), width = vt_little_get(entry + 16, 4);
    uint64_t channels = entry[20], jpeg = entry[21];
    if (vt_little_get(entry, 8) != *offset || bytes < 1 || bytes > end - *offset)
        return "its bytes are not where they must be";
    if (height < 1 || width < 1 || height > VT_IMAGE_SIDE_MAX || width > VT_IMAGE_SIDE_MAX ||
        height * width > VT_IMAGE_PIXELS_MAX)
        return "its height or width is out of range";
    if ((channels != 1 && channels != 3) || jpeg > 1 || vt_little_get(entry + 22, 2) != 0)
        return "its kind is unknown";
    if (!jpeg && bytes != height * width * channels) return "its bytes do not match its size";
    if (vt_little_get(entry + 24, 4) > INT32_MAX) return "its label is out of range";
    *offset += bytes;
    return NULL;
}

static vt_status hash_check(const vt_shard *shard, const char *path, const unsigned char *footer,
                            vt_error *err)
{
    char want[VT_SHA256_HEX], got[VT_SHA256_HEX];
    static const char digits[] = "0123456789abcdef";
    for (isize i = 0; i < 32; i++) {
        want[2 * i] = digits[footer[HASHED + i] >> 4];
        want[2 * i + 1] = digits[footer[HASHED + i] & 15];
    }
    want[64] = '\0';
    vt_status status = vt_sha256_of(shard->index, shard->images * ENTRY + HASHED, got, err);
    if (status != VT_OK) return status;
    if (HASH_CHECKED && strcmp(want, got) != 0) {
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: the index is damaged (its hash differs); import the data set again",
                       path);
    }
    return VT_OK;
}

static vt_status ends_check(vt_shard *shard, const char *path, vt_error *err)
{
    isize bytes = shard->map.bytes;
    const unsigned char *data = shard->map.data;
    if (bytes < HEAD + FOOTER || bytes > VT_SHARD_BYTES_MAX || memcmp(data, MAGIC, HEAD) != 0) {
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: not a shard of this version (%td bytes)", path,
                       bytes);
    }
    const unsigned char *footer = data + bytes - FOOTER;
    uint64_t images = vt_little_get(footer, 8), start = vt_little_get(footer + 8, 8);
    uint64_t end = (uint64_t)(bytes - FOOTER);
    if (memcmp(footer + FOOTER - HEAD, MAGIC, HEAD) != 0 || start < HEAD || start > end ||
        images > end / ENTRY || end - start != images * ENTRY) {
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: cut short or damaged at the end; import the data set again", path);
    }
    shard->index = data + start;
    shard->images = (isize)images;
    return VT_OK;
}

vt_status vt_shard_check(const vt_shard *shard, const char *path, vt_error *err)
{
    const unsigned char *footer = shard->map.data + shard->map.bytes - FOOTER;
    vt_status status = hash_check(shard, path, footer, err);
    uint64_t offset = HEAD, start = (uint64_t)(shard->index - shard->map.data);
    for (isize i = 0; i < shard->images && status == VT_OK; i++) {
        const char *wrong = entry_check(shard, i, start, &offset);
        if (wrong) status = vt_fail(err, VT_ERR_FORMAT, "%.200s: image %td: %s", path, i, wrong);
    }
    if (status == VT_OK && offset != start)
        status = vt_fail(err, VT_ERR_FORMAT, "%.200s: bytes that belong to no image", path);
    return status;
}

vt_status vt_shard_map(vt_shard **out, const char *path, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_shard *shard = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof *shard, err);
    if (status != VT_OK) return status;
    shard = block;
    status = vt_map_open(&shard->map, path, err);
    if (status != VT_OK) goto done;
    status = ends_check(shard, path, err);
    if (status != VT_OK) goto done;
    *out = shard;
    shard = NULL;
done:
    vt_shard_close(&shard);
    return status;
}

vt_status vt_shard_open(vt_shard **out, const char *path, vt_error *err)
{
    vt_status status = vt_shard_map(out, path, err);
    if (status == VT_OK) status = vt_shard_check(*out, path, err);
    if (status != VT_OK) vt_shard_close(out);
    return status;
}

isize vt_shard_images(const vt_shard *shard)
{
    return shard->images;
}

isize vt_shard_bytes(const vt_shard *shard)
{
    return shard->map.bytes;
}

vt_image vt_shard_image(const vt_shard *shard, isize index)
{
    VT_ASSERT(index >= 0 && index < shard->images);
    return entry_read(shard, index);
}

void vt_shard_close(vt_shard **shard)
{
    if (!*shard) return;
    vt_map_close(&(*shard)->map);
    void *block = *shard;
    vt_heap_free(&block);
    *shard = NULL;
}

/* ---- writing ---- */

vt_status vt_shard_writer_open(vt_shard_writer **out, const char *path, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_shard_writer), err);
    if (status != VT_OK) return status;
    vt_shard_writer *writer = block;
    status = vt_writer_open(&writer->file, path, err);
    if (status == VT_OK) status = vt_writer_put(writer->file, MAGIC, HEAD, err);
    if (status != VT_OK) goto done;
    *out = writer;
    writer = NULL;
done:
    vt_shard_writer_close(&writer);
    return status;
}

isize vt_shard_writer_bytes(const vt_shard_writer *writer, isize bytes_more)
{
    return vt_writer_bytes(writer->file) + bytes_more + (writer->images + 1) * ENTRY + FOOTER;
}

vt_status vt_shard_writer_put(vt_shard_writer *writer, const vt_image *image, vt_error *err)
{
    VT_ASSERT(vt_shard_writer_bytes(writer, image->bytes) <= VT_SHARD_BYTES_MAX);
    VT_ASSERT(image->label >= 0 && (image->channels == 1 || image->channels == 3));
    vt_status status = vt_buffer_reserve(&writer->index, (writer->images + 1) * ENTRY, err);
    if (status != VT_OK) return status;
    unsigned char *entry = (unsigned char *)writer->index.data + writer->images * ENTRY;
    vt_little_put(entry, 8, (uint64_t)vt_writer_bytes(writer->file));
    vt_little_put(entry + 8, 4, (uint64_t)image->bytes);
    vt_little_put(entry + 12, 4, (uint64_t)image->height);
    vt_little_put(entry + 16, 4, (uint64_t)image->width);
    entry[20] = (unsigned char)image->channels;
    entry[21] = image->jpeg ? 1 : 0;
    vt_little_put(entry + 24, 4, (uint64_t)image->label);
    writer->images++;
    return vt_writer_put(writer->file, image->data, image->bytes, err);
}

static unsigned char nibble(char digit)
{
    return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

vt_status vt_shard_writer_commit(vt_shard_writer *writer, vt_shard_summary *summary, vt_error *err)
{
    char hex[VT_SHA256_HEX];
    unsigned char footer[FOOTER];
    isize bytes = writer->images * ENTRY;
    vt_little_put(footer, 8, (uint64_t)writer->images);
    vt_little_put(footer + 8, 8, (uint64_t)vt_writer_bytes(writer->file));
    vt_status status = vt_buffer_reserve(&writer->index, bytes + HASHED, err);
    if (status != VT_OK) return status;
    unsigned char *index = writer->index.data;
    memcpy(index + bytes, footer, HASHED);
    status = vt_sha256_of(index, bytes + HASHED, hex, err);
    if (status != VT_OK) return status;
    for (isize i = 0; i < 32; i++)
        footer[HASHED + i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    memcpy(footer + FOOTER - HEAD, MAGIC, HEAD);
    status = vt_writer_put(writer->file, index, bytes, err);
    if (status == VT_OK) status = vt_writer_put(writer->file, footer, FOOTER, err);
    if (status == VT_OK) status = vt_writer_commit(writer->file, summary->sha256, err);
    summary->images = writer->images;
    summary->bytes = vt_writer_bytes(writer->file);
    return status;
}

void vt_shard_writer_close(vt_shard_writer **writer)
{
    if (!*writer) return;
    vt_writer_close(&(*writer)->file);
    vt_buffer_finish(&(*writer)->index);
    void *block = *writer;
    vt_heap_free(&block);
    *writer = NULL;
}
