/* Who wrote a record: telling names from notices although both may hold ": " (exports.md 1.2, 1.6, 1.8). */
#include "whatsapp_priv.h"

#include "util/str.h"

#define INDEX_SIZE (WA_NAMES * 2)
#define LEVELS 4                    /* "Toko: Pusat: Gudang" */

void wa_names_init(struct wa_names *n, struct arena *mem)
{
    *n = (struct wa_names){ .mem = mem };
    n->all = arena_array(mem, struct wa_name *, WA_NAMES);
    n->index = arena_array(mem, uint16_t, INDEX_SIZE);
}

static uint64_t name_hash(struct text t)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ t.len, w;
    size_t i = 0;

    for (; i + 8 <= t.len; i += 8) {
        memcpy(&w, t.ptr + i, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    w = 0;
    if (i < t.len)
        memcpy(&w, t.ptr + i, t.len - i);
    h = (h ^ w) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 29);
}

/* Position of the name in the index: holds 0 if it is not there. */
static size_t name_slot(const struct wa_names *n, struct text name, uint64_t hash)
{
    size_t i = hash & (INDEX_SIZE - 1);

    while (n->index[i]) {
        const struct wa_name *e = n->all[n->index[i] - 1];

        if (e->hash == hash && text_equal(e->name, name))
            break;
        i = (i + 1) & (INDEX_SIZE - 1);
    }
    return i;
}

static struct wa_name *name_find(const struct wa_names *n, struct text name)
{
    size_t at = n->index[name_slot(n, name, name_hash(name))];

    return at ? n->all[at - 1] : NULL;
}

static struct wa_name *name_add(struct wa_names *n, struct text name, struct wa_name *parent)
{
    uint64_t hash = name_hash(name);
    size_t slot = name_slot(n, name, hash);
    struct wa_name *e;
    char phone[20];

    if (n->index[slot])
        return n->all[n->index[slot] - 1];
    if (n->count == WA_NAMES)
        return NULL;
    e = n->all[n->count++] = arena_new_of(n->mem, struct wa_name);
    n->index[slot] = (uint16_t)n->count;
    *e = (struct wa_name){ .name = arena_text(n->mem, name), .hash = hash, .parent = parent };
    e->has_verb = wa_has_verb(name);
    e->has_quote = memchr(name.ptr, '"', name.len) || str_find(name, TEXT("\xe2\x80")) || memchr(name.ptr, 0xc2, name.len);
    e->phone = wa_phone(name, phone);
    if (e->phone.len)
        e->phone = arena_text(n->mem, e->phone);
    return e;
}

/* End of the next prefix of body that could be a name, searching from `from`: its length, or 0. *skip: bytes of the
 * separator; *own_line: the colon ended the line. */
static size_t prefix_next(struct text line, size_t from, bool is_korean, size_t *skip, bool *own_line)
{
    size_t max = line.len < WA_NAME_MAX + 4 ? line.len : WA_NAME_MAX + 4;

    while (from < max) {
        const char *colon = memchr(line.ptr + from, ':', max - from);
        size_t at;

        if (!colon)
            return 0;
        at = (size_t)(colon - line.ptr);
        from = at + 1;
        *own_line = from == line.len;
        if (!*own_line && line.ptr[from] != ' ')
            continue;
        *skip = *own_line ? 1 : 2;
        if (is_korean && at > 0 && line.ptr[at - 1] == ' ')
            at--, ++*skip;
        if (at > 0 && at <= WA_NAME_MAX)
            return at;
    }
    return 0;
}

/* Is the colon behind prefix inside a quoted subject: a quotation mark open before it and closed behind it? */
static bool is_quoted_colon(struct text prefix, struct text rest)
{
    bool straight = false, curly = false, angle = false;

    for (size_t i = 0; i < prefix.len; i++) {
        const unsigned char *p = (const unsigned char *)prefix.ptr + i;

        if (*p == '"')
            straight = !straight;
        else if (*p == 0xe2 && prefix.len - i >= 3 && p[1] == 0x80 && p[2] >= 0x9c && p[2] <= 0x9e)
            curly = p[2] == 0x9e || (p[2] == 0x9c && !curly);
        else if (*p == 0xc2 && prefix.len - i >= 2 && (p[1] == 0xab || p[1] == 0xbb))
            angle = p[1] == 0xab;
    }
    if (rest.len > 400)
        rest.len = 400;
    return (straight && memchr(rest.ptr, '"', rest.len)) || (angle && str_find(rest, TEXT("»"))) ||
           (curly && (str_find(rest, TEXT("“")) || str_find(rest, TEXT("”"))));
}

struct wa_name *wa_names_learn(struct wa_names *n, struct text body, bool is_korean)
{
    size_t marks = wa_marks(body), skip = 0, end = 0;
    struct text line = { body.ptr + marks, body.len - marks };
    struct wa_name *first = NULL, *parent = NULL;
    bool own_line, is_alone = false;

    for (int level = 0; level < LEVELS; level++) {
        bool proven = false;
        struct wa_name *e;

        end = prefix_next(line, end ? end + 1 : 0, is_korean, &skip, &own_line);
        if (!end)
            break;
        if (level > 0 && !own_line)
            proven = wa_is_app_text((struct text){ line.ptr + end + skip, line.len - end - skip });
        /* of texts with colons only those are learned that may be part of a name */
        if (is_alone && !proven)
            continue;
        if (!(e = name_add(n, (struct text){ line.ptr, end }, parent)))
            break;
        if (e->has_quote && is_quoted_colon(e->name, (struct text){ line.ptr + end, line.len - end }))
            break;
        if (!first)
            first = e;
        e->count++;
        e->proven += proven;
        if (!prefix_next(line, end + 1, is_korean, &skip, &own_line)) {
            e->alone++;
            break;
        }
        is_alone |= e->alone * 10 > e->count;
        parent = e;
    }
    return first;
}

void wa_names_settle(struct wa_names *n, struct text title)
{
    for (size_t i = 0; i < n->count; i++) {
        struct wa_name *parent = n->all[i]->parent;

        if (!parent)
            continue;
        if (n->all[i]->count >= 2)
            parent->covered += n->all[i]->count;
        /* further up too: the walk over a line's prefixes starts at the shortest */
        for (; parent; parent = parent->parent)
            parent->has_longer = true;
    }
    for (size_t i = 0; i < n->count; i++) {
        struct wa_name *e = n->all[i];

        e->is_author = !e->has_verb || e->count >= 2 || (title.len && wa_name_same(e->name, title));
    }
}

bool wa_is_longer_name(const struct wa_name *shorter, const struct wa_name *longer)
{
    if (longer->proven >= 2 || (longer->proven == 1 && shorter->count < 50))
        return true;
    return longer->count >= 2 && shorter->covered * 10 >= shorter->count * 9;
}

int wa_names_split(const struct wa_names *n, struct text body, bool is_korean, struct wa_name **entry,
                   struct text *name, struct text *text, bool *own_line)
{
    size_t marks = wa_marks(body), skip, end, at;
    struct text line = { body.ptr + marks, body.len - marks };
    struct wa_name *e;
    bool at_end;

    at = end = prefix_next(line, 0, is_korean, &skip, &at_end);
    if (!end)
        return 0;
    e = name_find(n, (struct text){ line.ptr, end });
    if ((!e || e->has_quote) &&
        is_quoted_colon((struct text){ line.ptr, end }, (struct text){ line.ptr + end, line.len - end }))
        return 0;
    for (int level = 1; level < LEVELS && e && e->has_longer; level++) {
        size_t longer_skip;
        struct wa_name *l;

        at = prefix_next(line, at + 1, is_korean, &longer_skip, own_line);
        if (!at)
            break;
        l = name_find(n, (struct text){ line.ptr, at });
        if (!l || !wa_is_longer_name(e, l))
            continue;
        e = l;
        end = at;
        skip = longer_skip;
        at_end = *own_line;
    }
    if (e ? !e->is_author : wa_has_verb((struct text){ line.ptr, end }))
        return 0;
    *entry = e;
    *name = (struct text){ line.ptr, end };
    *own_line = at_end;
    *text = (struct text){ line.ptr + end + skip, line.len - end - skip };
    return 1;
}

struct text wa_phone(struct text t, char out[20])
{
    size_t n = 0;

    for (size_t i = 0; i < t.len;) {
        struct text rest = { t.ptr + i, t.len - i };
        int32_t c = str_utf8_next(&rest);

        i = t.len - rest.len;
        if (c == '+' && n == 0)
            out[n++] = '+';
        else if (c >= '0' && c <= '9' && n > 0 && n < 16)
            out[n++] = (char)c;
        else if (!(c == ' ' || c == 0xa0 || c == 0x202f || c == '-' || c == 0x2010 || c == 0x2011 || c == '(' ||
                   c == ')' || c == '.' || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e)))
            return (struct text){ NULL, 0 };
    }
    if (n < 8)
        return (struct text){ NULL, 0 };
    out[n] = '\0';
    return (struct text){ out, n };
}

/* Next code point that counts in a comparison of names, blanks as ' '; 0 at the end. */
static int32_t name_next(struct text *t)
{
    while (t->len) {
        int32_t c = str_utf8_next(t);

        if (c == 0x200e || c == 0x200f || c == 0xfeff || (c >= 0x202a && c <= 0x202e))
            continue;
        return c == 0xa0 || c == 0x202f || c == '_' ? ' ' : c == 0x2011 ? '-' : c;
    }
    return 0;
}

bool wa_name_same(struct text a, struct text b)
{
    char pa[20], pb[20];
    struct text na = wa_phone(a, pa), nb = wa_phone(b, pb);
    int32_t c;

    if (na.len && nb.len)
        return text_equal(na, nb);
    do {
        c = name_next(&a);
        if (c != name_next(&b))
            return false;
    } while (c);
    return true;
}

static bool cut_suffix(struct text *t, const char *suffix)
{
    size_t len = strlen(suffix);

    if (t->len <= len || !str_equal_nocase((struct text){ t->ptr + t->len - len, len }, text_of(suffix)))
        return false;
    t->len -= len;
    return true;
}

/* What a browser appends to a second download: " (1)". */
static void cut_copy_number(struct text *t)
{
    size_t i = t->len;

    if (i < 4 || t->ptr[i - 1] != ')')
        return;
    for (i--; i > 0 && t->ptr[i - 1] >= '0' && t->ptr[i - 1] <= '9'; i--)
        ;
    if (i >= 2 && i < t->len - 1 && t->ptr[i - 1] == '(' && (t->ptr[i - 2] == ' ' || t->ptr[i - 2] == '_'))
        t->len = i - 2;
}

/* The file's name without folder and suffix; absent where it is no .txt or .zip. */
static struct text base_name(struct text file_name, struct arena *mem)
{
    const char *slash = file_name.len ? memrchr(file_name.ptr, '/', file_name.len) : NULL;
    struct text base = file_name;
    char *copy;

    if (slash)
        base = (struct text){ slash + 1, (size_t)(file_name.ptr + file_name.len - (slash + 1)) };
    if (!cut_suffix(&base, ".zip") && !cut_suffix(&base, ".txt"))
        return (struct text){ NULL, 0 };
    cut_suffix(&base, ".txt");
    cut_copy_number(&base);
    copy = arena_copy(mem, base);
    if (!memchr(copy, ' ', base.len))
        for (size_t i = 0; i < base.len; i++)
            copy[i] = copy[i] == '_' ? ' ' : copy[i];
    return (struct text){ copy, base.len };
}

struct text wa_file_words(struct text file_name, struct arena *mem)
{
    static const char *const common[] = { "chat", "WhatsApp Chat", "Chat WhatsApp", "WhatsApp" };
    struct text t = str_trim(base_name(file_name, mem));

    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (str_equal_nocase(t, text_of(common[i])))
            return (struct text){ NULL, 0 };
    return t;
}

struct text wa_title(struct text file_name, struct arena *mem)
{
    static const struct {
        const char *before, *after;
    } forms[] = {
        { "WhatsApp Chat with ", "" },       { "WhatsApp Chat - ", "" },           { "Chat WhatsApp dengan ", "" },
        { "Chat WhatsApp - ", "" },          { "Chat de WhatsApp con ", "" },      { "Conversa do WhatsApp com ", "" },
        { "Discussion WhatsApp avec ", "" }, { "WhatsApp-Chat mit ", "" },         { "WhatsApp-chat met ", "" },
        { "Chat WhatsApp con ", "" },        { "Чат WhatsApp с контактом ", "" },  { "Chat WhatsApp s uživatelem ", "" },
        { "WhatsApp Chat ile ", "" },        { "Sembang WhatsApp dengan ", "" },   { "与", "的 WhatsApp 聊天" },
        { "與", "的 WhatsApp 對話" },
    };
    struct text t = base_name(file_name, mem);

    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        size_t before = strlen(forms[i].before), after = strlen(forms[i].after);

        if (t.len > before + after && memcmp(t.ptr, forms[i].before, before) == 0 &&
            memcmp(t.ptr + t.len - after, forms[i].after, after) == 0)
            return str_trim((struct text){ t.ptr + before, t.len - before - after });
    }
    return (struct text){ NULL, 0 };
}
