/* Export files that people upload, and the media that messages carry. */
#include "http/handlers.h"

#include "db/query.h"
#include "http/app.h"
#include "http/view.h"
#include "util/enc.h"
#include "util/str.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct archive_body {
    struct text file_name;
    int64_t size;
};
const struct json_in_field archive_fields[] = {
    JSON_IN_TEXT(struct archive_body, file_name, true, 1, 255),
    JSON_IN_I64(struct archive_body, size, true, 1, INT64_MAX),
    JSON_IN_END,
};

static const char *const date_order_words[] = { "auto", "dmy", "mdy", "ymd", NULL };
struct start_body {
    struct text zone, self;
    int date_order;
    int64_t channel;
};
const struct json_in_field archive_start_fields[] = {
    JSON_IN_TEXT(struct start_body, zone, false, 1, 64),
    JSON_IN_TEXT(struct start_body, self, false, 1, 200),
    JSON_IN_WORD(struct start_body, date_order, false, date_order_words),
    JSON_IN_I64(struct start_body, channel, false, 1, INT64_MAX),
    JSON_IN_END,
};

struct writing {
    struct json_out *j;
    int count;
};

static int write_archive(const struct archive_view *v, void *arg)
{
    struct writing *w = arg;

    view_archive(w->j, v);
    w->count++;
    return 0;
}

static int answer_archive(struct request *rq, struct reply *rp, int64_t id, int status)
{
    struct writing w = { reply_json(rp, status), 0 };

    if (archive_each(rq->ctx, id, write_archive, &w))
        return -1;
    return w.count ? 0 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no archive");
}

static void tell(struct request *rq)
{
    notifier_work(rq->app->notifier);
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "archive", 0);
}

int h_archives(struct request *rq, struct reply *rp)
{
    struct writing w = { reply_json(rp, 200), 0 };

    jo_object(w.j);
    jo_key(w.j, "items");
    jo_array(w.j);
    if (archive_each(rq->ctx, 0, write_archive, &w))
        return -1;
    jo_end_array(w.j);
    cursor_write(w.j, "next", NULL);
    jo_end_object(w.j);
    return 0;
}

int h_archive(struct request *rq, struct reply *rp)
{
    int64_t id;

    return request_id(rq, 1, &id) ? -1 : answer_archive(rq, rp, id, 200);
}

int h_archive_add(struct request *rq, struct reply *rp)
{
    struct archive_body in = { { NULL, 0 }, 0 };
    struct text key;
    int64_t id = 0;

    if (request_decode(rq, &in) || request_key(rq, &key))
        return -1;
    if (in.size > rq->app->cfg->upload_max_bytes) {
        fail(&rq->ctx->fail, FAIL_TOO_LARGE, "at most %lld bytes", (long long)rq->app->cfg->upload_max_bytes);
        snprintf(rq->ctx->fail.field, sizeof(rq->ctx->fail.field), "size");
        return -1;
    }
    if (archive_add(rq->ctx, key, in.file_name, in.size, &id))
        return -1;
    return answer_archive(rq, rp, id, 201);
}

int h_archive_bytes(struct request *rq, struct reply *rp)
{
    int64_t id, offset = 0, received = 0;

    if (request_id(rq, 1, &id) || request_query_i64(rq, "offset", 0, INT64_MAX, &offset))
        return -1;
    int rc = archive_write(rq->ctx, id, offset, rq->body, &received);
    if (rc && rq->ctx->fail.code != FAIL_BAD_OFFSET)
        return -1;
    struct json_out *j = rc ? reply_problem_open(rp, &rq->ctx->fail, rq->ctx->who.language, rq->ctx->mem)
                            : reply_json(rp, 200);
    if (!rc)
        jo_object(j);
    jo_kv(j, "received", jo_i64, received);
    jo_end_object(j);
    return rc;
}

int h_archive_start(struct request *rq, struct reply *rp)
{
    struct start_body in = { .date_order = -1 };
    struct buf options = BUF_INIT(4096);
    int64_t id;

    if (request_id(rq, 1, &id) || request_decode(rq, &in))
        return -1;
    struct json_out j = json_out(&options);
    jo_object(&j);
    if (in.zone.ptr)
        jo_kv(&j, "zone", jo_text, in.zone);
    if (in.self.ptr)
        jo_kv(&j, "self", jo_text, in.self);
    if (in.date_order >= 0)
        jo_kv(&j, "date_order", jo_str, date_order_words[in.date_order]);
    jo_end_object(&j);
    struct text json = arena_text(rq->ctx->mem, buf_as_text(&options));
    buf_fini(&options);
    if (archive_start(rq->ctx, id, json, in.channel))
        return -1;
    tell(rq);
    return answer_archive(rq, rp, id, 202);
}

int h_archive_undo(struct request *rq, struct reply *rp)
{
    int64_t id;

    if (request_id(rq, 1, &id) || archive_undo(rq->ctx, id))
        return -1;
    tell(rq);
    return answer_archive(rq, rp, id, 202);
}

int h_archive_cancel(struct request *rq, struct reply *rp)
{
    int64_t id;

    if (request_id(rq, 1, &id) || archive_cancel(rq->ctx, id))
        return -1;
    tell(rq);
    return reply_empty(rp, 204);
}

/* ---- media ---- */

/* Types a browser may show in place; anything else is only ever downloaded. */
static bool is_showable(struct text mime)
{
    static const char *const list[] = { "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4",
                                        "audio/ogg",  "audio/mpeg", "audio/mp4", "video/webm", "audio/wav" };

    for (size_t i = 0; i < COUNT_OF(list); i++)
        if (text_equal(mime, text_of(list[i])))
            return true;
    return false;
}

/* "bytes=a-b", "bytes=a-", "bytes=-n"; anything else is the whole file. False: not satisfiable. */
static bool read_range(struct text range, int64_t size, int64_t *from, int64_t *to, bool *is_part)
{
    int64_t a = 0, b = size - 1;
    struct text rest = range;

    *is_part = false;
    if (!str_skip(&rest, TEXT("bytes=")) || memchr(rest.ptr, ',', rest.len))
        return true;
    if (str_skip_char(&rest, '-')) {
        if (str_whole_i64(rest, &b, 1, INT64_MAX))
            return true;
        a = b > size ? 0 : size - b;
        b = size - 1;
    } else {
        if (str_i64(&rest, &a, 0, INT64_MAX) || !str_skip_char(&rest, '-') ||
            (rest.len && str_whole_i64(rest, &b, 0, INT64_MAX)))
            return true;
    }
    if (b >= size)
        b = size - 1;
    if (a >= size || a > b)
        return false;
    *from = a;
    *to = b;
    *is_part = true;
    return true;
}

int h_media(struct request *rq, struct reply *rp)
{
    uint8_t hash[32];
    char hex[65];
    struct text mime = { NULL, 0 };
    int64_t size = 0, from = 0, to;
    struct stat st;
    bool is_part;

    if (dec_hex(rq->args[1], hash, sizeof(hash)))
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "not a hash");
    enc_hex(hash, sizeof(hash), hex);
    int rc = db_one(rq->ctx, SQL_MEDIA_GET,
                    IN(IN_I64(rq->ctx->who.business), IN_BYTES(((struct text){ (const char *)hash, sizeof(hash) }))),
                    OUT(OUT_I64(&size), OUT_TEXT(&mime)));
    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such file");
    const char *path = arena_printf(rq->ctx->mem, "%s/media/%.2s/%s", rq->app->cfg->state_dir, hex, hex);
    rp->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (rp->fd < 0 || fstat(rp->fd, &st))
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "the file is gone");
    to = st.st_size - 1;
    bool ok = read_range(request_header(rq, "Range"), st.st_size, &from, &to, &is_part);
    if (!ok) {
        close(rp->fd);
        rp->fd = -1;
        reply_header(rp, "Content-Range",
                     text_of(arena_printf(rq->ctx->mem, "bytes */%lld", (long long)st.st_size)));
        return reply_empty(rp, 416);
    }
    rp->status = is_part ? 206 : 200;
    if (is_part)
        reply_header(rp, "Content-Range",
                     text_of(arena_printf(rq->ctx->mem, "bytes %lld-%lld/%lld", (long long)from, (long long)to,
                                          (long long)st.st_size)));
    rp->offset = from;
    rp->size = to - from + 1;
    rp->type = is_showable(mime) ? arena_copy(rq->ctx->mem, mime) : "application/octet-stream";
    rp->policy = "sandbox; default-src 'none'; frame-ancestors 'none'";
    rp->cache = "private, max-age=86400, immutable";
    reply_header(rp, "Accept-Ranges", TEXT("bytes"));
    reply_header(rp, "Content-Disposition", is_showable(mime) ? TEXT("inline") : TEXT("attachment"));
    return 0;
}
