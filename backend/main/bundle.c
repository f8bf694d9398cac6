/* The inside of a backup. */
#include "main/bundle.h"

#include "util/str.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE (64u * 1024)

static int put(struct vault *v, enum bundle_message kind, struct text bytes, struct fail *why)
{
    char message[1 + PIECE];

    message[0] = (char)kind;
    if (bytes.len)
        memcpy(message + 1, bytes.ptr, bytes.len);
    return vault_write(v, (struct text) { message, 1 + bytes.len }, why);
}

int bundle_add_fd(struct vault *v, const char *name, int fd, struct fail *why)
{
    char piece[PIECE];

    if (put(v, BUNDLE_FILE, text_of(name), why))
        return -1;
    for (;;) {
        ssize_t n = read(fd, piece, sizeof(piece));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(why, FAIL_INTERNAL, "cannot read %s: %s", name, strerror(errno));
        if (n == 0)
            return put(v, BUNDLE_END, TEXT(""), why);
        if (put(v, BUNDLE_DATA, (struct text) { piece, (size_t)n }, why))
            return -1;
    }
}

int bundle_add(struct vault *v, const char *name, struct text bytes, struct fail *why)
{
    if (put(v, BUNDLE_FILE, text_of(name), why))
        return -1;
    while (bytes.len) {
        struct text piece = { bytes.ptr, bytes.len < PIECE ? bytes.len : PIECE };

        if (put(v, BUNDLE_DATA, piece, why))
            return -1;
        bytes = (struct text) { bytes.ptr + piece.len, bytes.len - piece.len };
    }
    return put(v, BUNDLE_END, TEXT(""), why);
}

bool bundle_name_is_safe(struct text name)
{
    struct text rest = name, part;
    bool more;

    if (name.len == 0 || name.len >= BUNDLE_NAME_MAX || memchr(name.ptr, '\0', name.len))
        return false;
    do {
        more = str_split(&rest, '/', &part);
        if (part.len == 0 || text_equal(part, TEXT(".")) || text_equal(part, TEXT("..")))
            return false;
    } while (more);
    return true;
}

int bundle_next(struct bundle_reader *r, char name[BUNDLE_NAME_MAX], struct fail *why)
{
    int rc = vault_read(r->vault, &r->message, why);

    if (rc != 1)
        return rc;
    struct text at = { r->message.ptr + 1, r->message.len ? r->message.len - 1 : 0 };
    if (r->message.len == 0 || r->message.ptr[0] != BUNDLE_FILE || !bundle_name_is_safe(at))
        return fail(why, FAIL_BAD_FILE, "the inside of the backup is not in order");
    memcpy(name, at.ptr, at.len);
    name[at.len] = '\0';
    return 1;
}

int bundle_read(struct bundle_reader *r, bundle_sink *sink, void *arg, struct fail *why)
{
    for (;;) {
        int rc = vault_read(r->vault, &r->message, why);

        if (rc < 0)
            return -1;
        if (rc == 0 || r->message.len == 0)
            return fail(why, FAIL_BAD_FILE, "the inside of the backup is not in order");
        if (r->message.ptr[0] == BUNDLE_END)
            return sink((struct text) { NULL, 0 }, arg);
        if (r->message.ptr[0] != BUNDLE_DATA)
            return fail(why, FAIL_BAD_FILE, "the inside of the backup is not in order");
        if (sink((struct text) { r->message.ptr + 1, r->message.len - 1 }, arg))
            return -1;
    }
}

void bundle_reader_fini(struct bundle_reader *r)
{
    buf_fini(&r->message);
}
