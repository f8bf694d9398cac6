/* Files on their way to X: pictures in one call, films and moving pictures in pieces. Nobody sees an upload before it
 * is posted, so each of its calls may be made again. */
#include "x_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

#define PIECE             ((size_t)4 << 20)
#define UPLOAD_TIMEOUT_MS 120000
#define PROCESS_TRIES     40
#define PROCESS_PAUSE_S   5

static const struct text nothing = { NULL, 0 };

static bool has_mime(const struct op *op, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(op->attachment->mime, text_of(list[i])))
            return true;
    return false;
}

static bool is_picture(const struct op *op)
{
    static const char *const pictures[] = { "image/jpeg", "image/png",  "image/webp",
                                            "image/bmp",  "image/tiff", "image/pjpeg" };

    return has_mime(op, pictures, COUNT_OF(pictures));
}

static bool is_film(const struct op *op)
{
    static const char *const films[] = { "video/mp4", "video/quicktime", "video/webm", "video/mp2t" };

    return has_mime(op, films, COUNT_OF(films));
}

static bool is_gif(const struct op *op)
{
    return str_equal_nocase(op->attachment->mime, TEXT("image/gif"));
}

bool x_upload_fits(const struct op *op, struct step *out)
{
    int64_t most = is_picture(op) ? X_IMAGE_MAX : is_gif(op) ? X_GIF_MAX : is_film(op) ? X_VIDEO_MAX : 0;

    if (!most)
        (void)x_result(out, OUTCOME_PERMANENT, "file_type", nothing);
    else if ((int64_t)op->attachment_bytes.len > most)
        (void)x_result(out, OUTCOME_PERMANENT, "file_too_big", nothing);
    else if (!op->attachment_bytes.len)
        (void)x_result(out, OUTCOME_PERMANENT, "file_gone", nothing);
    else
        return true;
    return false;
}

static const char *category(const struct op *op, struct arena *mem)
{
    return arena_printf(mem, "%s_%s", x_is_direct(op) ? "dm" : "tweet",
                        is_picture(op) ? "image"
                        : is_gif(op)   ? "gif"
                                       : "video");
}

/* Not in the bytes that it ends: a hash of them. */
static const char *boundary_of(struct arena *mem, struct text bytes)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[2 * CRYPTO_HASH_SIZE + 1];

    crypto_sha256(bytes, hash);
    enc_hex(hash, sizeof hash, hex);
    return arena_printf(mem, "tanggap-%.32s", hex);
}

static int call_form(const struct op *op, struct arena *mem, struct step *out)
{
    struct text bytes = op->attachment_bytes;
    const char *boundary = boundary_of(mem, bytes);
    struct buf form = BUF_INIT((size_t)32 << 20);
    struct header *headers = arena_array(mem, struct header, 2);

    buf_printf(&form, "--%s\r\nContent-Disposition: form-data; name=\"media_category\"\r\n\r\n%s", boundary,
               category(op, mem));
    buf_printf(&form,
               "\r\n--%s\r\nContent-Disposition: form-data; name=\"media\"; filename=\"media\"\r\n"
               "Content-Type: application/octet-stream\r\n\r\n",
               boundary);
    buf_text(&form, bytes);
    buf_printf(&form, "\r\n--%s--\r\n", boundary);
    if (x_call(op, mem, "POST", "/2/media/upload", NULL, out) || out->kind != STEP_CALL || form.failed) {
        buf_fini(&form);
        return 0;
    }
    headers[0] = out->call.headers[0];
    headers[1] = (struct header) { TEXT("Content-Type"),
                                   text_of(arena_printf(mem, "multipart/form-data; boundary=%s", boundary)) };
    out->call.headers = headers;
    out->call.header_count = 2;
    out->call.body = arena_text(mem, buf_as_text(&form));
    out->call.timeout_ms = UPLOAD_TIMEOUT_MS;
    out->call.may_repeat = true;
    buf_fini(&form);
    return 0;
}

int x_upload_begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    if (is_picture(op)) {
        state->stage = X_STAGE_UPLOAD;
        return call_form(op, mem, out);
    }
    state->stage = X_STAGE_START;
    return x_call(op, mem, "POST", "/2/media/upload/initialize",
                  json_pack("{s:s,s:s%,s:I}", "media_category", category(op, mem), "media_type",
                            op->attachment->mime.ptr, op->attachment->mime.len, "total_bytes",
                            (json_int_t)op->attachment_bytes.len),
                  out);
}

static int append(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text id = x_kept(state, X_KEPT_MEDIA), piece = op->attachment_bytes;
    size_t from = (size_t)state->tries * PIECE;
    struct buf encoded = BUF_INIT(2 * PIECE);

    if (from >= piece.len) {
        state->stage = X_STAGE_FINISH;
        state->tries = 0;
        return x_call(op, mem, "POST", arena_printf(mem, "/2/media/upload/%.*s/finalize", (int)id.len, id.ptr), NULL,
                      out);
    }
    piece.ptr += from;
    piece.len = piece.len - from < PIECE ? piece.len - from : PIECE;
    state->stage = X_STAGE_APPEND;
    enc_base64(&encoded, piece);
    (void)x_call(op, mem, "POST", arena_printf(mem, "/2/media/upload/%.*s/append", (int)id.len, id.ptr),
                 json_pack("{s:i,s:s%}", "segment_index", state->tries++, "media", encoded.ptr, encoded.len), out);
    buf_fini(&encoded);
    out->call.timeout_ms = UPLOAD_TIMEOUT_MS;
    out->call.may_repeat = true;
    return 0;
}

static int ask_status(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text id = x_kept(state, X_KEPT_MEDIA);

    state->stage = X_STAGE_PROCESS;
    return x_call(op, mem, "GET",
                  arena_printf(mem, "/2/media/upload?command=STATUS&media_id=%.*s", (int)id.len, id.ptr), NULL, out);
}

/* True: X is done with it. */
static bool processed(struct step_state *state, const json_t *data, time_us now, struct step *out)
{
    const json_t *info = json_object_get(data, "processing_info");
    struct text word = payload_text(info, "state");
    int64_t pause = payload_number(info, "check_after_secs", PROCESS_PAUSE_S);

    if (!word.len || text_equal(word, TEXT("succeeded")))
        return true;
    if (text_equal(word, TEXT("failed"))) {
        (void)x_result(out, OUTCOME_PERMANENT, "file_refused", nothing);
    } else if (state->tries++ >= PROCESS_TRIES) {
        (void)x_result(out, OUTCOME_RETRY, "unreachable", nothing);
    } else {
        state->stage = X_STAGE_PROCESS;
        out->kind = STEP_WAIT;
        out->until = now + (pause > 0 && pause < 60 ? pause : PROCESS_PAUSE_S) * US_PER_S;
    }
    return false;
}

bool x_upload_next(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                   struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    const json_t *data;
    struct text id;

    if (!reply)
        return ask_status(op, state, mem, out) != 0;
    if (!x_answer(reply, false, now, mem, &root, out)) {
        if (out->why_code && (strcmp(out->why_code, "rejected") == 0 || strcmp(out->why_code, "comment_gone") == 0))
            out->why_code = "file_refused";
        return false;
    }
    data = json_object_get(root, "data");
    id = x_first(payload_id(mem, data, "id"), payload_id(mem, root, "media_id_string"));
    if ((state->stage == X_STAGE_UPLOAD || state->stage == X_STAGE_START) &&
        (!x_is_id(id) || !x_keep(state, X_KEPT_MEDIA, 32, id))) {
        (void)x_result(out, OUTCOME_RETRY, "unreachable", TEXT("an upload without an id"));
        return false;
    }
    if (state->stage == X_STAGE_START || state->stage == X_STAGE_APPEND)
        return append(op, state, mem, out) != 0;
    return processed(state, data, now, out);
}
