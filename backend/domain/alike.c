/* What makes two contacts look like one person. */
#include "domain/alike.h"

#include "util/str.h"

#define WORDS_MAX  12
#define WORD_MIN   3
#define JOINED_MAX 128
#define HANDLE_MIN 4

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_address(struct text word)
{
    static const char *const all[] = { "ibu", "bapak", "pak", "mbak", "mas", "kak", "bang", "abang", "mba", "bunda", "mama",
                                       "mrs", "miss", "haji", "hajjah", "toko", "akun", "official" };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (str_equal_nocase(word, text_of(all[i])))
            return true;
    return false;
}

struct name {
    struct text words[WORDS_MAX];
    size_t count, joined_len;
    char joined[JOINED_MAX];
};

static void read_name(struct text t, struct name *n)
{
    n->count = n->joined_len = 0;
    for (size_t i = 0; i < t.len;) {
        size_t from = i;

        while (i < t.len && is_letter(t.ptr[i]))
            i++;
        struct text word = { t.ptr + from, i - from };
        if (i == from)
            i++;
        if (!word.len || is_address(word))
            continue;
        for (size_t k = 0; k < word.len && n->joined_len < JOINED_MAX; k++)
            n->joined[n->joined_len++] = lower(word.ptr[k]);
        if (word.len >= WORD_MIN && n->count < WORDS_MAX)
            n->words[n->count++] = word;
    }
}

bool alike_names(struct text a, struct text b)
{
    struct name x, y;

    read_name(a, &x);
    read_name(b, &y);
    for (size_t i = 0; i < x.count; i++)
        for (size_t k = 0; k < y.count; k++)
            if (str_equal_nocase(x.words[i], y.words[k]))
                return true;
    return x.joined_len >= WORD_MIN && x.joined_len == y.joined_len && memcmp(x.joined, y.joined, x.joined_len) == 0;
}

/* A dot ends a sentence, unless a letter follows. */
static bool goes_on(struct text words, size_t at)
{
    if (at >= words.len)
        return false;
    if (words.ptr[at] == '.')
        return at + 1 < words.len && is_letter(words.ptr[at + 1]);
    return is_letter(words.ptr[at]) || words.ptr[at] == '_';
}

bool alike_mentions(struct text words, struct text handle)
{
    if (handle.len < HANDLE_MIN || words.len < handle.len)
        return false;
    for (size_t i = 0; i + handle.len <= words.len; i++) {
        char before = i ? words.ptr[i - 1] : ' ';

        if (is_letter(before) || before == '.' || before == '_')
            continue;
        if (str_equal_nocase((struct text) { words.ptr + i, handle.len }, handle) && !goes_on(words, i + handle.len))
            return true;
    }
    return false;
}
