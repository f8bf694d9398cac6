/* Recognises an export by its content, and names the ones that are something else (exports.md 8.4). */
#include "csv_map.h"
#include "reader_priv.h"
#include "whatsapp_priv.h"

#include "util/str.h"

#define HEAD_MAX  (64u * 1024)
#define LINES_MAX 50

static bool has(struct text t, const char *word)
{
    return str_find(t, text_of(word)) != NULL;
}

static enum archive_format other(struct fail *why, const char *what, const char *hint)
{
    fail(why, FAIL_BAD_FILE, "this looks like %s; %s", what, hint);
    return ARCHIVE_AUTO;
}

/* Facebook and Instagram write the same threads: the path tells, or a word that only one of them uses. */
static enum archive_format meta_kind(struct text t, struct text name)
{
    return has(name, "instagram") || has(t, "Instagram") || has(t, "instagram.com") || has(t, "ig.me")
               ? ARCHIVE_INSTAGRAM
               : ARCHIVE_FACEBOOK;
}

static enum archive_format sniff_json(struct text t, struct text name, struct fail *why)
{
    static const char *const instagram[] = { "\"comments_media_comments\"", "\"comments_reels_comments\"", "\"profile_user\"" };
    static const char *const facebook[] = { "\"comments_v2\"", "\"group_comments_v2\"", "\"profile_v2\"", "\"profile_information_v2\"" };
    struct text rest = t, line;

    str_line(&rest, &line);
    if (has(line, "\"kind\":") && has(line, "\"platform\":"))
        return ARCHIVE_EVENTS;
    if (has(t, "\"threadName\"") || (has(t, "\"participants\"") && has(t, "\"sender_name\"")))
        return meta_kind(t, name);
    for (size_t i = 0; i < COUNT_OF(instagram); i++)
        if (has(t, instagram[i]))
            return ARCHIVE_INSTAGRAM;
    for (size_t i = 0; i < COUNT_OF(facebook); i++)
        if (has(t, facebook[i]))
            return ARCHIVE_FACEBOOK;
    if ((has(t, "\"messages\"") && has(t, "\"type\"") && has(t, "\"id\"")) ||
        (has(t, "\"personal_information\"") && has(t, "\"user_id\"")) || (has(t, "\"chats\"") && has(t, "\"list\"")) ||
        has(t, "\"left_chats\""))
        return ARCHIVE_TELEGRAM;
    if (has(t, "\"participants\"") && has(t, "\"messages\""))
        return meta_kind(t, name);
    if (has(t, "\"string_map_data\"") && has(t, "\"Comment\""))
        return ARCHIVE_INSTAGRAM;
    if (*t.ptr == '[' && has(t, "\"media\"") && has(t, "\"creation_timestamp\"") && !has(t, "\"data\""))
        return ARCHIVE_INSTAGRAM;
    if (*t.ptr == '[' && has(t, "\"timestamp\"") && has(t, "\"data\"") &&
        (has(t, "\"post\"") || has(t, "\"attachments\"")))
        return ARCHIVE_FACEBOOK;
    fail(why, FAIL_BAD_FILE, "this JSON is not an export that we know");
    return ARCHIVE_AUTO;
}

static bool is_whatsapp(struct text t)
{
    struct text line;
    struct wa_stamp stamp;
    int lines = 0, headers = 0;

    while (lines < LINES_MAX && str_line(&t, &line)) {
        size_t at = wa_stamp_parse(NULL, line, &stamp);

        lines += line.len > 0;
        /* LINE writes a tab after the clock, WhatsApp never does */
        if (at && !(at < line.len && line.ptr[at] == '\t'))
            headers++;
    }
    return headers >= 3 || (headers > 0 && lines <= 6);
}

/* "2024/06/01(Sat)" and then "08:01<TAB>name<TAB>text" */
static bool is_line(struct text t)
{
    struct text line;
    int records = 0;

    if (has((struct text){ t.ptr, t.len < 16 ? t.len : 16 }, "[LINE]"))
        return true;
    for (int i = 0; i < LINES_MAX && str_line(&t, &line); i++) {
        const char *tab = line.len ? memchr(line.ptr, '\t', line.len) : NULL;
        const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;

        records += tab && colon && colon < tab && tab - line.ptr <= 12 && line.ptr[line.len - 1] != '\t' &&
                   memchr(tab + 1, '\t', (size_t)(line.ptr + line.len - tab - 1));
    }
    return records >= 2;
}

static bool is_html(struct text t)
{
    return str_equal_nocase((struct text){ t.ptr, t.len < 9 ? t.len : 9 }, TEXT("<!doctype")) ||
           str_equal_nocase((struct text){ t.ptr, t.len < 5 ? t.len : 5 }, TEXT("<html"));
}

static enum archive_format other_text(struct fail *why)
{
    fail(why, FAIL_BAD_FILE, "this is not an export that we know");
    return ARCHIVE_AUTO;
}

static bool is_youtube(struct text t)
{
    struct text line;

    str_line(&t, &line);
    return (has(line, "omment") && has(line, "imestamp") && has(line, "hannel")) ||
           (has(line, "Live Chat") && has(line, "Channel"));
}

/* Headers in other languages: what they hold looks the same. */
static bool is_youtube_cells(struct text t)
{
    return has(t, ",UC") && (has(t, "\"{\"\"takeoutSegments\"\"") || has(t, "\"{\"\"text\"\":"));
}

/* A table: the reader itself says what is missing in it. */
static enum archive_format sniff_table(struct text t, struct text name, struct fail *why)
{
    static const char *const tails[] = { ".csv", ".tsv" };
    struct text first = { NULL, 0 };

    for (size_t i = 0; i < COUNT_OF(tails); i++)
        if (name.len > 4 && str_equal_nocase((struct text){ name.ptr + name.len - 4, 4 }, text_of(tails[i])))
            return ARCHIVE_CSV;
    str_line(&t, &first);
    if (first.len && (memchr(first.ptr, ',', first.len) || memchr(first.ptr, ';', first.len) ||
                      memchr(first.ptr, '\t', first.len) || memchr(first.ptr, '|', first.len)))
        return csv_looks_like(first) ? ARCHIVE_CSV : other_text(why);
    return other_text(why);
}

static enum archive_format sniff_text(struct text t, struct text name, struct fail *why)
{
    if (is_html(t))
        return has(t, "tgme") || has(t, "page_wrap") || has(t, "Exported Data")
                   ? other(why, "a Telegram export as web page", "export again and choose \"Machine-readable JSON\"")
                   : other(why, "a web page", "choose JSON or text when exporting");
    if (text_starts(t, TEXT("window.")) || text_starts(t, TEXT("Grailbird.")))
        return ARCHIVE_X;
    if (*t.ptr == '{')
        return sniff_json(t, name, why);
    if (is_line(t))
        return ARCHIVE_LINE;
    if (is_whatsapp(t))
        return ARCHIVE_WHATSAPP;
    if (*t.ptr == '[')
        return sniff_json(t, name, why);
    if (is_youtube(t) || is_youtube_cells(t))
        return ARCHIVE_YOUTUBE;
    return sniff_table(t, name, why);
}

enum archive_format archive_sniff(struct text head, struct text file_name, struct fail *why)
{
    struct utf16 utf16;
    struct text t = { head.ptr, head.len < HEAD_MAX ? head.len : HEAD_MAX }, decoded;
    enum archive_format found;

    utf16_init(&utf16);
    if (utf16_feed(&utf16, t, &decoded))
        t = decoded;
    while (t.len && (*t.ptr == ' ' || *t.ptr == '\n' || *t.ptr == '\r' || *t.ptr == '\t' ||
                     text_starts(t, TEXT("\xef\xbb\xbf"))))
        t = (struct text){ t.ptr + (*t.ptr & 0x80 ? 3 : 1), t.len - (*t.ptr & 0x80 ? 3 : 1) };
    if (!t.len) {
        fail(why, FAIL_BAD_FILE, "the file is empty");
        found = ARCHIVE_AUTO;
    } else if (text_starts(t, TEXT("PK\x03\x04"))) {
        found = other(why, "a zip file", "unpack it first");
    } else {
        found = sniff_text(t, file_name, why);
    }
    utf16_fini(&utf16);
    return found;
}
