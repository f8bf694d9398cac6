/* What goes out for a row of the outbox: which part, as what, with which keys and which file. */
#include "deliver_priv.h"

#include "platform/window.h"
#include "util/str.h"

/* LINE's tokens live for a minute. */
#define REPLY_TOKEN_US (50 * US_PER_S)

struct outbox_row outbox_row_copy(const struct outbox_row *row, struct arena *mem)
{
    struct outbox_row copy = *row;
    struct text *const texts[] = {
        &copy.text,           &copy.reply_to,   &copy.thread_id,  &copy.retry_key,     &copy.template_name,
        &copy.template_language, &copy.template_values, &copy.choices, &copy.media_hash, &copy.media_name,
        &copy.media_mime,     &copy.target_detail, &copy.reply_token,
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i]->ptr)
            *texts[i] = arena_text(mem, *texts[i]);
    return copy;
}

bool deliver_has_reply_token(const struct outbox_row *row, time_us now)
{
    return row->reply_token.len && row->part == 0 && row->tries == 0 && row->last_in != TIME_NONE &&
           now - row->last_in < REPLY_TOKEN_US;
}

bool deliver_can_repeat(const struct outbox_row *row, time_us now)
{
    const struct connector *con = row->platform >= 0 ? connector_for((enum platform)row->platform) : NULL;

    return con && con->caps & CAP_RETRY_KEY && !deliver_has_reply_token(row, now);
}

/* ---- parts ---- */

static enum attachment_type file_type(struct text mime)
{
    if (text_starts(mime, TEXT("image/")))
        return ATTACHMENT_IMAGE;
    if (text_starts(mime, TEXT("video/")))
        return ATTACHMENT_VIDEO;
    return text_starts(mime, TEXT("audio/")) ? ATTACHMENT_AUDIO : ATTACHMENT_FILE;
}

/* What the content does not tell of, the name may: some platforms refuse a file of no known type. */
static struct text file_mime(struct text mime, struct text name)
{
    static const struct {
        const char *end, *mime;
    } known[] = {
        { ".txt", "text/plain" }, { ".csv", "text/csv" }, { ".zip", "application/zip" },
        { ".doc", "application/msword" }, { ".xls", "application/vnd.ms-excel" },
        { ".ppt", "application/vnd.ms-powerpoint" },
        { ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        { ".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    };

    for (size_t i = 0; i < COUNT_OF(known) && text_equal(mime, TEXT("application/octet-stream")); i++) {
        size_t len = strlen(known[i].end);

        if (name.len > len && str_equal_nocase((struct text){ name.ptr + name.len - len, len }, text_of(known[i].end)))
            return text_of(known[i].mime);
    }
    return mime;
}

/* Words go under the file where they fit there, else after it as messages of their own. */
static bool is_caption(const struct connector *con, struct text words)
{
    unsigned count = 0;

    if (!words.len)
        return true;
    (void)con->part(words, 0, &count);
    return count == 1 && con->max_caption_units && str_utf16_units(words) <= con->max_caption_units;
}

static struct text words_of_part(struct flight *f, bool *has_file)
{
    const struct connector *con = f->channel.connector;
    const struct outbox_row *r = &f->row;
    unsigned at = (unsigned)r->part;
    struct text words;

    *has_file = r->media_hash.len > 0 && r->part == 0;
    f->part_count = 1;
    if (r->send_as == SEND_TEMPLATE || (r->media_hash.len && is_caption(con, r->text)))
        return r->text;
    if (!r->media_hash.len)
        return con->part(r->text, at, &f->part_count);
    words = con->part(r->text, at ? at - 1 : 0, &f->part_count);
    f->part_count++;
    return at ? words : TEXT("");
}

/* ---- the op ---- */

void deliver_op(struct flight *f, enum op_kind kind, time_us now)
{
    const struct outbox_row *r = &f->row;
    struct reply_window window;
    bool has_file;
    struct text words = words_of_part(f, &has_file);
    bool is_first = r->part == 0, is_last = (unsigned)r->part + 1 == f->part_count;
    const struct text none = { NULL, 0 };

    f->op = (struct op){
        .kind = kind,
        .channel = &f->channel.facts,
        .thread_id = r->thread_id,
        .text = words,
        .reply_to = is_first ? r->reply_to : none,
        .thread_type = (enum thread_type)r->thread_type,
        .send_as = (enum send_as)r->send_as,
        .part = (unsigned)r->part,
        .retry_key = r->retry_key,
        .tries = (unsigned)r->tries,
        .reply_token = deliver_has_reply_token(r, now) ? r->reply_token : none,
        .template_name = r->template_name,
        .template_language = r->template_language,
        .template_values = r->template_values,
        .choices = is_last ? r->choices : none,
        .sent_after = r->sent_after,
        .target_detail = r->target_detail,
    };
    if (has_file) {
        struct text mime = file_mime(r->media_mime, r->media_name);

        f->file = (struct event_attachment){ .type = file_type(mime), .mime = mime, .name = r->media_name, .size = -1 };
        f->op.attachment = &f->file;
    }
    if (r->send_as != SEND_PLAIN)
        return;
    reply_window_of(f->channel.connector, f->op.thread_type, r->last_in, &window);
    (void)reply_window_allows(&window, now, &f->op.send_as);
}

int deliver_refuse(struct step *out, const char *code)
{
    *out = (struct step){ .kind = STEP_RESULT, .outcome = OUTCOME_PERMANENT, .why_code = code, .until = TIME_NONE };
    return 0;
}

int deliver_may_go(struct flight *f, time_us now, struct step *out)
{
    const struct connector *con = f->channel.connector;
    const struct outbox_row *r = &f->row;
    struct reply_window window;
    enum send_as as;

    if (!(con->caps & CAP_SEND) || (r->send_as == SEND_PRIVATE && !(con->caps & CAP_PRIVATE_REPLY)) ||
        (r->send_as == SEND_TEMPLATE && !(con->caps & CAP_TEMPLATES)))
        return deliver_refuse(out, "not_possible");
    /* The platform takes one private reply to a comment: a second half would be lost. */
    if (r->send_as == SEND_PRIVATE && f->part_count > 1)
        return deliver_refuse(out, "too_long");
    reply_window_of(con, f->op.thread_type, r->last_in, &window);
    if (r->send_as == SEND_PLAIN && !reply_window_allows(&window, now, &as))
        return deliver_refuse(out, "window_closed");
    return 1;
}

/* ---- looking ---- */

time_us deliver_look_due(time_us sent_after, int n)
{
    /* Past the last of these every connector can tell "not there yet" from "not sent". */
    static const int seconds[] = { 5, 30, 125 };

    return n >= 1 && (size_t)n <= COUNT_OF(seconds) ? sent_after + seconds[n - 1] * US_PER_S : TIME_NONE;
}
