/* Recognises an export by its content, and names the ones that are something else (exports.md 8.4). */
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

static enum archive_format sniff_json(struct text t, struct fail *why)
{
    struct text rest = t, line;

    str_line(&rest, &line);
    if (has(line, "\"kind\":") && has(line, "\"platform\":"))
        return ARCHIVE_EVENTS;
    if (has(t, "\"threadName\"") || (has(t, "\"participants\"") && has(t, "\"sender_name\"")))
        return other(why, "Facebook or Instagram messages", "this version cannot read them yet");
    if (has(t, "\"comments_v2\"") || has(t, "\"group_comments_v2\"") || has(t, "\"comments_media_comments\""))
        return other(why, "Facebook or Instagram comments", "they hold only your own words and cannot be read yet");
    if ((has(t, "\"messages\"") && has(t, "\"type\"") && has(t, "\"id\"")) ||
        (has(t, "\"personal_information\"") && has(t, "\"user_id\"")) || (has(t, "\"chats\"") && has(t, "\"list\"")) ||
        has(t, "\"left_chats\""))
        return ARCHIVE_TELEGRAM;
    if (has(t, "\"participants\"") && has(t, "\"messages\""))
        return other(why, "Facebook or Instagram messages", "this version cannot read them yet");
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

static enum archive_format sniff_text(struct text t, struct fail *why)
{
    struct text rest = t, first;

    if (is_html(t))
        return has(t, "tgme") || has(t, "page_wrap") || has(t, "Exported Data")
                   ? other(why, "a Telegram export as web page", "export again and choose \"Machine-readable JSON\"")
                   : other(why, "a web page", "choose JSON or text when exporting");
    if (text_starts(t, TEXT("window.")) || text_starts(t, TEXT("Grailbird.")))
        return other(why, "an X (Twitter) archive", "this version cannot read it yet");
    if (*t.ptr == '{')
        return sniff_json(t, why);
    if (is_line(t))
        return other(why, "a LINE chat history", "this version cannot read it yet");
    if (is_whatsapp(t))
        return ARCHIVE_WHATSAPP;
    if (*t.ptr == '[')
        return sniff_json(t, why);
    str_line(&rest, &first);
    if ((has(first, "omment") && has(first, "imestamp")) || (has(first, "Live Chat") && has(first, "Channel")))
        return other(why, "a YouTube (Google Takeout) file", "it holds only your own words and cannot be read yet");
    fail(why, FAIL_BAD_FILE, "this is not an export that we know");
    return ARCHIVE_AUTO;
}

enum archive_format archive_sniff(struct text head, struct text file_name, struct fail *why)
{
    struct utf16 utf16;
    struct text t = { head.ptr, head.len < HEAD_MAX ? head.len : HEAD_MAX }, decoded;
    enum archive_format found;

    (void)file_name;
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
        found = sniff_text(t, why);
    }
    utf16_fini(&utf16);
    return found;
}
