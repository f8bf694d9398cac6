/* The words of a comment: out of the HTML that the API shows them in, and out of whatever form we do not know. */
#include "youtube_priv.h"

#include "util/str.h"

#define WORDS_MAX (1u << 20)
#define TAG_MAX 8192
#define LINKS_MAX 50

struct entity {
    const char *name;
    const char *means;
};

static const struct entity entities[] = {
    { "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" }, { "apos", "'" }, { "nbsp", "\xC2\xA0" },
};

/* At "&…": how many bytes the entity has, its meaning in out. 0: it is an ampersand that somebody wrote. */
static size_t read_entity(struct text t, struct buf *out)
{
    const char *end = memchr(t.ptr, ';', t.len < 12 ? t.len : 12);
    struct text name = { t.ptr + 1, end ? (size_t)(end - t.ptr) - 1 : 0 };
    uint32_t code = 0;
    char bytes[4] = "";
    size_t i = 1;
    bool hex;

    for (size_t k = 0; k < COUNT_OF(entities); k++)
        if (name.len && text_equal(name, text_of(entities[k].name))) {
            buf_str(out, entities[k].means);
            return name.len + 2;
        }
    if (name.len < 2 || name.ptr[0] != '#')
        return 0;
    hex = name.ptr[1] == 'x' || name.ptr[1] == 'X';
    for (i += hex; i < name.len; i++) {
        char c = name.ptr[i], low = c | 32;
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
                         : hex && low >= 'a' && low <= 'f' ? (uint32_t)(low - 'a' + 10) : 99;

        if (digit == 99 || code > 0x110000)
            return 0;
        code = code * (hex ? 16 : 10) + digit;
    }
    i = code ? str_utf8_encode(code, bytes) : 0;
    buf_add(out, bytes, i);
    return i ? name.len + 2 : 0;
}

static void decode(struct text t, struct buf *out)
{
    while (t.len) {
        size_t skip = t.ptr[0] == '&' ? read_entity(t, out) : 0;

        if (skip == 0) {
            buf_char(out, t.ptr[0]);
            skip = 1;
        }
        t.ptr += skip;
        t.len -= skip;
    }
}

/* At "<…": the bytes of a tag that comments are shown with, or 0 for a sign that somebody wrote. *name without '/'. */
static size_t read_tag(struct text t, struct text *name, bool *is_end)
{
    static const char *const known[] = { "br", "a", "b", "i", "s", "u", "strong", "em", "del", "span", "p", "wbr", "img" };
    size_t at = 1, len = 0;
    const char *end;

    *is_end = t.len > 1 && t.ptr[1] == '/';
    at += *is_end;
    while (len < 8 && at + len < t.len && (t.ptr[at + len] | 32) >= 'a' && (t.ptr[at + len] | 32) <= 'z')
        len++;
    *name = (struct text){ t.ptr + at, len };
    if (len == 0 || at + len >= t.len || !memchr(" />\t\r\n", t.ptr[at + len], 6))
        return 0;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_equal_nocase(*name, text_of(known[i]))) {
            end = memchr(t.ptr, '>', t.len < TAG_MAX ? t.len : TAG_MAX);
            return end ? (size_t)(end - t.ptr) + 1 : 0;
        }
    return 0;
}

static struct text attribute(struct text tag, struct text name)
{
    const char *at = str_find(tag, name);
    const char *end = at ? memchr(at + name.len, '"', (size_t)(tag.ptr + tag.len - at) - name.len) : NULL;

    return end ? (struct text){ at + name.len, (size_t)(end - at) - name.len } : (struct text){ NULL, 0 };
}

/* Words that YouTube itself makes a link of (a time in the video, #word, @handle), or the address itself. */
static bool says_itself(struct text words, struct text address)
{
    bool is_time = words.len > 0;

    for (size_t i = 0; i < words.len; i++)
        is_time = is_time && ((words.ptr[i] >= '0' && words.ptr[i] <= '9') || words.ptr[i] == ':');
    if (is_time || (words.len && (words.ptr[0] == '#' || words.ptr[0] == '@')))
        return true;
    if (str_skip(&address, TEXT("https://")) || str_skip(&address, TEXT("http://")))
        (void)(str_skip(&words, TEXT("https://")) || str_skip(&words, TEXT("http://")));
    return text_equal(words, address);
}

struct reading {
    struct arena *mem;
    struct event *ev;
    struct buf out;
    struct text address;                 /* of the anchor that is open */
    size_t words_at;                     /* where its words begin */
};

static void end_anchor(struct reading *r)
{
    struct text words = { r->out.ptr ? r->out.ptr + r->words_at : NULL, r->out.len - r->words_at };

    if (r->address.len && r->ev && r->ev->attachment_count < LINKS_MAX && !r->out.failed &&
        !says_itself(words, r->address)) {
        struct event_attachment *link = payload_attach(r->mem, r->ev, ATTACHMENT_LINK);

        link->url = r->address;
        link->name = arena_text(r->mem, words);
    }
    r->address = (struct text){ NULL, 0 };
}

static void take_tag(struct reading *r, struct text tag, struct text name, bool is_end)
{
    struct buf url = BUF_INIT(8192);

    if (str_equal_nocase(name, TEXT("br"))) {
        buf_char(&r->out, '\n');
    } else if (str_equal_nocase(name, TEXT("img"))) {
        decode(attribute(tag, TEXT("alt=\"")), &r->out);
    } else if (str_equal_nocase(name, TEXT("a"))) {
        end_anchor(r);
        r->words_at = r->out.len;
        if (!is_end) {
            decode(attribute(tag, TEXT("href=\"")), &url);
            r->address = url.failed || !url.len ? TEXT("") : arena_text(r->mem, buf_as_text(&url));
        }
    }
    buf_fini(&url);
}

struct text youtube_plain(struct arena *mem, struct text html, struct event *ev)
{
    struct reading r = { .mem = mem, .ev = ev, .out = BUF_INIT(WORDS_MAX) };
    struct text rest = html, kept = html, name;
    bool is_end;

    if (!html.len || (!memchr(html.ptr, '<', html.len) && !memchr(html.ptr, '&', html.len)))
        return html;
    while (rest.len) {
        size_t skip = rest.ptr[0] == '<' ? read_tag(rest, &name, &is_end) : 0;

        if (skip) {
            take_tag(&r, (struct text){ rest.ptr, skip }, name, is_end);
        } else {
            skip = rest.ptr[0] == '&' ? read_entity(rest, &r.out) : 0;
            if (skip == 0) {
                buf_char(&r.out, rest.ptr[0]);
                skip = 1;
            }
        }
        rest.ptr += skip;
        rest.len -= skip;
    }
    end_anchor(&r);
    if (!r.out.failed)
        kept = r.out.len ? arena_text(mem, buf_as_text(&r.out)) : TEXT("");
    buf_fini(&r.out);
    return kept;
}

/* ---- unknown forms ---- */

static bool is_wordy(const char *key)
{
    static const char *const keys[] = {
        "textOriginal", "textDisplay", "displayMessage", "messageText", "userComment", "text", "message", "title",
        "description", "comment", "content", "body", "$t", "simpleText",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* The same words often stand twice, as written and as shown. */
static bool has_line(const struct buf *out, struct text line)
{
    struct text all = { out->ptr, out->len < TAG_MAX ? out->len : TAG_MAX }, one;

    while (all.len && str_line(&all, &one))
        if (text_equal(one, line))
            return true;
    return false;
}

static void gather(struct arena *mem, const json_t *value, unsigned depth, struct buf *out)
{
    const char *key;
    json_t *member;

    if (depth > 16)
        return;
    for (size_t i = 0; i < json_array_size(value); i++)
        gather(mem, json_array_get(value, i), depth + 1, out);
    json_object_foreach((json_t *)(uintptr_t)value, key, member) {
        if (json_is_string(member) && is_wordy(key)) {
            struct text words = youtube_plain(mem, payload_text(value, key), NULL);

            if (words.len == 0 || out->len + words.len >= out->max || has_line(out, words))
                continue;
            if (out->len)
                buf_char(out, '\n');
            buf_text(out, words);
        } else if (!json_is_string(member)) {
            gather(mem, member, depth + 1, out);
        }
    }
}

struct text youtube_gather(struct arena *mem, const json_t *resource)
{
    struct buf out = BUF_INIT(WORDS_MAX);
    struct text words = { NULL, 0 };

    gather(mem, resource, 0, &out);
    if (!out.failed && out.len)
        words = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return words;
}

/* ---- the push feed ---- */

/* What stands between <name …> and </name>, and xml moved behind it. */
static bool element(struct text *xml, const char *open, const char *close, struct text *inside)
{
    const char *at = str_find(*xml, text_of(open)), *from, *end;
    struct text rest;

    if (!at)
        return false;
    rest = (struct text){ at, (size_t)(xml->ptr + xml->len - at) };
    from = memchr(rest.ptr, '>', rest.len);
    if (!from)
        return false;
    from++;
    rest = (struct text){ from, (size_t)(xml->ptr + xml->len - from) };
    end = str_find(rest, text_of(close));
    if (!end)
        end = rest.ptr + rest.len;
    *inside = (struct text){ from, (size_t)(end - from) };
    *xml = (struct text){ end, (size_t)(rest.ptr + rest.len - end) };
    return true;
}

static struct text child(struct arena *mem, struct text xml, const char *open, const char *close)
{
    struct text inside;

    return element(&xml, open, close, &inside) ? youtube_plain(mem, inside, NULL) : (struct text){ NULL, 0 };
}

static int notice(const char *type, struct text id, struct text words, const struct channel_facts *ch,
                  struct arena *mem, event_sink *sink, void *arg)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", type);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.platform = PLATFORM_YOUTUBE;
    ev.channel = ch->external_id;
    ev.text = words;
    if (id.len)
        json_object_set_new(detail, "video", json_stringn(id.ptr, id.len));
    ev.detail = payload_dump(mem, detail);
    return sink(&ev, arg);
}

static int removed(struct text ref, const struct channel_facts *ch, event_sink *sink, void *arg)
{
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_DELETE;
    ev.platform = PLATFORM_YOUTUBE;
    ev.channel = ch->external_id;
    ev.target = ref;
    return sink(&ev, arg);
}

int youtube_parse_feed(struct text xml, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg)
{
    struct text rest = xml, entry;
    bool any = false;
    const char *at;

    while (element(&rest, "<entry", "</entry>", &entry)) {
        struct channel_facts of = *ch;

        if (!of.external_id.len)
            of.external_id = child(mem, entry, "<yt:channelId", "</yt:channelId>");
        if (notice("feed", child(mem, entry, "<yt:videoId", "</yt:videoId>"), child(mem, entry, "<title", "</title>"),
                   &of, mem, sink, arg))
            return -1;
        any = true;
    }
    for (rest = xml; (at = str_find(rest, TEXT("<at:deleted-entry"))) != NULL;) {
        size_t left = (size_t)(rest.ptr + rest.len - at);
        const char *end = memchr(at, '>', left < TAG_MAX ? left : TAG_MAX);
        struct text ref = { NULL, 0 };

        if (end)
            ref = attribute((struct text){ at, (size_t)(end - at) }, TEXT("ref=\""));
        (void)str_skip(&ref, TEXT("yt:video:"));
        if (ref.len && removed(ref, ch, sink, arg))
            return -1;
        any = any || ref.len;
        rest = (struct text){ at + 1, left - 1 };
    }
    return any ? 0 : notice("xml", (struct text){ NULL, 0 }, child(mem, xml, "<title", "</title>"), ch, mem, sink, arg);
}
