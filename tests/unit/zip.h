/* Zips made byte by byte, plain and hostile, for tests of what opens them. */
#ifndef TANGGAP_TESTS_ZIP_H
#define TANGGAP_TESTS_ZIP_H

#include "unit.h"

#include "util/buf.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct entry {
    const char *name;
    struct text content;
    unsigned mode;              /* Unix mode; 0 = a plain file      */
    unsigned flags;             /* general purpose bits             */
    bool deflated;
    uint32_t declared;          /* size told instead of the true one; 0 = true */
};

static inline void le16(struct buf *b, unsigned v)
{
    buf_char(b, (char)(v & 0xff));
    buf_char(b, (char)(v >> 8 & 0xff));
}

static inline void le32(struct buf *b, uint32_t v)
{
    le16(b, v & 0xffff);
    le16(b, v >> 16);
}

static inline struct buf packed(const struct entry *e)
{
    struct buf out = BUF_INIT(64u << 20);
    z_stream z = { 0 };

    if (!e->deflated) {
        buf_text(&out, e->content);
        return out;
    }
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)e->content.ptr;
    z.avail_in = (uInt)e->content.len;
    z.avail_out = (uInt)deflateBound(&z, e->content.len);
    z.next_out = (Bytef *)buf_room(&out, z.avail_out);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.len = z.total_out;
    deflateEnd(&z);
    return out;
}

static inline void common_header(struct buf *b, const struct entry *e, size_t packed_len)
{
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)e->content.ptr, (uInt)e->content.len);

    le16(b, 20);
    le16(b, e->flags);
    le16(b, e->deflated ? 8 : 0);
    le32(b, 0x58cf3a20);
    le32(b, crc);
    le32(b, (uint32_t)packed_len);
    le32(b, e->declared ? e->declared : (uint32_t)e->content.len);
    le16(b, (unsigned)strlen(e->name));
    le16(b, 0);
}

/* A descriptor of a zip with these entries; its file has no name any more. */
static inline int make_zip(const struct entry *entries, size_t count)
{
    struct buf zip = BUF_INIT(256u << 20), directory = BUF_INIT(64u << 20);
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    size_t at;

    for (size_t i = 0; i < count; i++) {
        const struct entry *e = &entries[i];
        struct buf data = packed(e);
        uint32_t offset = (uint32_t)zip.len;

        le32(&zip, 0x04034b50);
        common_header(&zip, e, data.len);
        buf_str(&zip, e->name);
        buf_text(&zip, buf_as_text(&data));
        le32(&directory, 0x02014b50);
        le16(&directory, 3 << 8 | 20);
        common_header(&directory, e, data.len);
        le16(&directory, 0);
        le16(&directory, 0);
        le16(&directory, 0);
        le32(&directory, (uint32_t)(e->mode ? e->mode : S_IFREG | 0644) << 16);
        le32(&directory, offset);
        buf_str(&directory, e->name);
        buf_fini(&data);
    }
    at = zip.len;
    buf_text(&zip, buf_as_text(&directory));
    le32(&zip, 0x06054b50);
    le32(&zip, 0);
    le16(&zip, (unsigned)count);
    le16(&zip, (unsigned)count);
    le32(&zip, (uint32_t)directory.len);
    le32(&zip, (uint32_t)at);
    le16(&zip, 0);
    assert_int_equal(write(fd, zip.ptr, zip.len), zip.len);
    buf_fini(&zip);
    buf_fini(&directory);
    return fd;
}

#endif
