/* Texts and ids of X: entities, the weighted count, cutting, numbers that are compared as numbers, times. */
#include "x_priv.h"

#include "util/str.h"

#define ADDRESS_WEIGHT 23

struct text x_plain(struct arena *mem, struct text t)
{
    static const struct {
        struct text entity;
        char letter;
    } entities[] = { { TEXT_INIT("&amp;"), '&' }, { TEXT_INIT("&lt;"), '<' }, { TEXT_INIT("&gt;"), '>' } };
    char *out;
    size_t len = 0;

    if (!t.len || !memchr(t.ptr, '&', t.len))
        return t;
    out = arena_alloc(mem, t.len + 1);
    while (t.len) {
        char letter = t.ptr[0];
        size_t taken = 1;

        for (size_t i = 0; letter == '&' && i < COUNT_OF(entities); i++)
            if (text_starts(t, entities[i].entity)) {
                letter = entities[i].letter;
                taken = entities[i].entity.len;
                break;
            }
        out[len++] = letter;
        t.ptr += taken;
        t.len -= taken;
    }
    return (struct text) { out, len };
}

/* ---- the weighted count ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool is_known_end(struct text word)
{
    static const char *const ends[] = { "com", "net",   "org",  "id",   "co",  "info", "io",   "me",   "shop", "store",
                                        "app", "dev",   "biz",  "xyz",  "ly",  "link", "to",   "my",   "sg",   "jp",
                                        "tv",  "ai",    "page", "site", "gle", "us",   "uk",   "eu",   "web",  "online",
                                        "gl",  "click", "club", "edu",  "gov", "in",   "asia", "space" };

    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (str_equal_nocase(word, text_of(ends[i])))
            return true;
    return false;
}

/* Bytes of "toko.example.com" when it ends as a domain does; 0: it does not. */
static size_t domain_at(struct text t)
{
    size_t at = 0, end = 0, label = 0;

    for (; at < t.len && (is_letter_or_digit(t.ptr[at]) || t.ptr[at] == '-' || t.ptr[at] == '.'); at++) {
        if (t.ptr[at] != '.')
            continue;
        if (at == label)
            break;
        if (label && is_known_end((struct text) { t.ptr + label, at - label }))
            end = at;
        label = at + 1;
    }
    if (label && at > label && is_known_end((struct text) { t.ptr + label, at - label }))
        end = at;
    return end;
}

/* Bytes of the address that begins here, as X would find it; 0: none does. */
static size_t address_at(struct text t)
{
    struct text rest = t;
    size_t end, skip = 0;

    if (t.len > 7 && (str_equal_nocase((struct text) { t.ptr, 7 }, TEXT("http://"))))
        skip = 7;
    else if (t.len > 8 && (str_equal_nocase((struct text) { t.ptr, 8 }, TEXT("https://"))))
        skip = 8;
    rest.ptr += skip;
    rest.len -= skip;
    end = domain_at(rest);
    if (!skip && (!end || (end < rest.len && rest.ptr[end] == '@')))
        return 0;
    if (skip && (!rest.len || !is_letter_or_digit(rest.ptr[0])))
        return 0;
    if (!skip && end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        return end;
    end = skip;
    while (end < t.len && t.ptr[end] > ' ' && t.ptr[end] <= '~' && t.ptr[end] != '"' && t.ptr[end] != '<')
        end++;
    while (end > skip && strchr(".,;:!?)'*", t.ptr[end - 1]))
        end--;
    return end > skip ? end : 0;
}

static bool is_light(int32_t c)
{
    return c >= 0 && (c <= 4351 || (c >= 8192 && c <= 8205) || (c >= 8208 && c <= 8223) || (c >= 8242 && c <= 8247));
}

static bool is_flag_half(int32_t c)
{
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

/* What clings to the sign before it without being counted. */
static bool clings(int32_t c)
{
    return c == 0xfe0e || c == 0xfe0f || c == 0x20e3 || (c >= 0x1f3fb && c <= 0x1f3ff) ||
           (c >= 0xe0020 && c <= 0xe007f);
}

/* The next thing that is counted as one: its bytes and its weight. */
static size_t unit_at(struct text t, bool begins_word, size_t *weight)
{
    size_t address = begins_word ? address_at(t) : 0;
    struct text rest = t, ahead;
    int32_t c, next;

    if (address) {
        *weight = ADDRESS_WEIGHT;
        return address;
    }
    c = str_utf8_next(&rest);
    *weight = is_light(c) ? 1 : 2;
    if (*weight == 1)
        return t.len - rest.len;
    for (ahead = rest; ahead.len; rest = ahead) {
        next = str_utf8_next(&ahead);
        if (next == 0x200d && ahead.len)
            (void)str_utf8_next(&ahead);
        else if (is_flag_half(c) && is_flag_half(next))
            c = 0;
        else if (!clings(next) || c < 0x2190)
            break;
    }
    return t.len - rest.len;
}

/* Longest prefix of at most `most` weight that cuts nothing in two; *weight: of the prefix. */
static struct text light_prefix(struct text t, size_t most, size_t *weight)
{
    size_t at = 0, sum = 0;
    bool begins_word = true;

    while (at < t.len) {
        size_t w, step = unit_at((struct text) { t.ptr + at, t.len - at }, begins_word, &w);
        char last = t.ptr[at + step - 1];

        if (sum + w > most)
            break;
        sum += w;
        at += step;
        begins_word = !is_letter_or_digit(last) && last != '@' && last != '.' && last != '-' && last != '_' &&
                      last != '/' && !(last & 0x80);
    }
    *weight = sum;
    return (struct text) { t.ptr, at };
}

size_t x_weight(struct text t)
{
    size_t weight;

    (void)light_prefix(t, SIZE_MAX, &weight);
    return weight;
}

bool x_has_address(struct text t)
{
    bool begins_word = true;
    size_t w;

    for (size_t at = 0; at < t.len; at += unit_at((struct text) { t.ptr + at, t.len - at }, false, &w)) {
        if (begins_word && address_at((struct text) { t.ptr + at, t.len - at }))
            return true;
        begins_word = !is_letter_or_digit(t.ptr[at]) && !(t.ptr[at] & 0x80) && !strchr("@.-_/", t.ptr[at]);
    }
    return false;
}

struct text x_canonical(struct arena *mem, struct text t)
{
    char *out = arena_alloc(mem, t.len + 1);
    size_t len = 0, at = 0, end;
    bool begins_word = true;

    t = str_trim(t);
    while (t.len && t.ptr[0] == '@') {
        for (end = 1; end < t.len && (is_letter_or_digit(t.ptr[end]) || t.ptr[end] == '_');)
            end++;
        t = str_trim((struct text) { t.ptr + end, t.len - end });
    }
    while (at < t.len) {
        struct text rest = { t.ptr + at, t.len - at };
        size_t address = begins_word ? address_at(rest) : 0;

        out[len++] = address ? '\x01' : t.ptr[at];
        begins_word = !address && !is_letter_or_digit(t.ptr[at]) && !(t.ptr[at] & 0x80) && !strchr("@.-_/", t.ptr[at]);
        at += address ? address : 1;
    }
    return (struct text) { out, len };
}

static size_t cut_after(struct text cut, char mark)
{
    for (size_t i = cut.len; i > cut.len / 2; i--)
        if (cut.ptr[i - 1] == mark)
            return i;
    return 0;
}

/* What is cut off a word may read as an address, and weighs more then. */
static struct text heaviest_prefix(struct text rest)
{
    size_t weight, most = X_POST_UNITS;
    struct text cut;

    do {
        cut = light_prefix(rest, most, &weight);
        most = most > ADDRESS_WEIGHT ? most - ADDRESS_WEIGHT : 1;
    } while (x_weight(cut) > X_POST_UNITS && most > 1);
    return cut;
}

static struct text next_part(struct text rest)
{
    struct text cut = heaviest_prefix(rest);
    size_t at;

    if (cut.len == rest.len || cut.len == 0)
        return rest;
    at = cut_after(cut, '\n');
    if (!at)
        at = cut_after(cut, ' ');
    if (at)
        cut.len = at;
    return cut;
}

struct text x_part(struct text whole, unsigned n, unsigned *count)
{
    struct text wanted = { whole.ptr, 0 };
    unsigned at = 0;

    do {
        struct text part = next_part(whole);

        if (at++ == n)
            wanted = part;
        whole.ptr += part.len;
        whole.len -= part.len;
    } while (whole.len);
    *count = at;
    return wanted;
}

struct text x_part_direct(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, X_DIRECT_UNITS, n, count);
}

/* ---- ids ---- */

bool x_is_id(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
    return id.len > 0 && id.len <= 19;
}

static struct text without_zeros(struct text t)
{
    while (t.len > 1 && t.ptr[0] == '0') {
        t.ptr++;
        t.len--;
    }
    return t;
}

int x_compare_ids(struct text a, struct text b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

struct text x_conversation_of(struct arena *mem, struct text a, struct text b)
{
    struct text low = a, high = b;

    if (!a.len || !b.len)
        return (struct text) { NULL, 0 };
    if (x_compare_ids(a, b) > 0) {
        low = b;
        high = a;
    }
    return text_of(arena_printf(mem, "%.*s-%.*s", (int)low.len, low.ptr, (int)high.len, high.ptr));
}

struct text x_conversation(struct arena *mem, struct text id)
{
    struct text b = id, a;

    return str_split(&b, '-', &a) && x_is_id(a) && x_is_id(b) ? x_conversation_of(mem, a, b) : id;
}

struct text x_other(struct text conversation, struct text us)
{
    struct text b = conversation, a;

    if (us.len && str_split(&b, '-', &a)) {
        if (text_equal(a, us))
            return b;
        if (text_equal(b, us))
            return a;
    }
    return (struct text) { NULL, 0 };
}

struct text x_id(struct arena *mem, const json_t *object, const char *key)
{
    struct text exact = payload_id(mem, object, arena_printf(mem, "%s_str", key));

    return exact.len ? exact : payload_id(mem, object, key);
}

/* ---- times ---- */

bool x_id_time(struct text id, time_us *out)
{
    const int64_t first_snowflake = INT64_C(1) << 40, epoch_ms = INT64_C(1288834974657);
    int64_t n;

    if (str_whole_i64(id, &n, first_snowflake, INT64_MAX))
        return false;
    *out = ((n >> 22) + epoch_ms) * 1000;
    return true;
}

static bool take_number(struct text *t, char end, int64_t most, int *out)
{
    struct text head;
    int64_t n;

    if (!str_split(t, end, &head) || str_whole_i64(head, &n, 0, most))
        return false;
    *out = (int)n;
    return true;
}

/* "Wed Feb 05 08:39:31 +0000 2020", always in UTC. */
static bool old_moment(struct text t, time_us *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct text head, month;
    int day, hour, minute, second, number = 0;
    int64_t year;

    if (!str_split(&t, ' ', &head) || !str_split(&t, ' ', &month) || month.len != 3)
        return false;
    while (number < 12 && memcmp(months + 3 * number, month.ptr, 3) != 0)
        number++;
    if (number == 12 || !take_number(&t, ' ', 31, &day) || !take_number(&t, ':', 23, &hour) ||
        !take_number(&t, ':', 59, &minute) || !take_number(&t, ' ', 60, &second) || !str_split(&t, ' ', &head) ||
        str_whole_i64(t, &year, 1970, 9999) || !civil_valid((int)year, number + 1, day))
        return false;
    *out = (civil_to_days((int)year, number + 1, day) * 86400 + hour * 3600 + minute * 60 + second) * US_PER_S;
    return true;
}

bool x_moment(const json_t *object, time_us *out)
{
    return payload_moment(object, "created_at", out) || old_moment(payload_text(object, "created_at"), out) ||
           payload_millis(object, "created_timestamp", out) || payload_millis(object, "timestamp_ms", out) ||
           payload_millis(object, "created_at_msec", out) || payload_moment(object, "created_timestamp", out);
}
