/* Streaming JSON reader. A token that lies whole within one piece and needs no decoding is handed out where it lies;
 * everything else is gathered in a buffer first. */
#include "util/json_pull.h"

#include "util/buf.h"
#include "util/str.h"

#include <stdlib.h>

#define DEPTH_MAX  64
#define NUMBER_MAX 400

enum place {
    AT_VALUE,        /* a value must come */
    AT_VALUE_OR_END, /* just after [ */
    AT_KEY,          /* after , in an object */
    AT_KEY_OR_END,   /* just after { */
    AT_COLON,
    AT_AFTER, /* , or the end of the level */
    AT_DONE,  /* blanks only */
};

/* What was under way when the piece ran out. */
enum lexing { LEX_NONE, LEX_STRING, LEX_ESCAPE, LEX_HEX, LEX_NUMBER, LEX_WORD };

struct json_pull {
    const char *at, *end;
    const char *piece;
    int64_t before; /* bytes of the pieces that are gone */
    long line;
    bool is_last;
    bool patched;
    bool is_key;
    bool is_bad;
    const char *reason;
    enum place place;
    enum lexing lexing;
    enum pull_token last;
    unsigned depth;
    uint64_t objects; /* bit per level: an object, not an array */
    size_t max_string;
    struct buf gathered, repaired;
    struct text value;
    unsigned bom; /* bytes of the byte-order mark seen */
    unsigned hex_left;
    uint32_t hex;
    bool hex_is_unit; /* \uHHHH, not \xHH */
    uint32_t high;    /* a high surrogate waiting for its other half */
    bool skipping;
    unsigned skip_to;
};

struct json_pull *json_pull_new(size_t max_string)
{
    struct json_pull *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->piece = p->at = p->end = "";
    p->line = 1;
    p->max_string = max_string;
    p->gathered = BUF_INIT(max_string > NUMBER_MAX ? max_string : NUMBER_MAX);
    p->repaired = BUF_INIT(max_string > SIZE_MAX / 3 ? SIZE_MAX : max_string * 3);
    p->last = PULL_MORE;
    return p;
}

void json_pull_free(struct json_pull *p)
{
    if (!p)
        return;
    buf_fini(&p->gathered);
    buf_fini(&p->repaired);
    free(p);
}

void json_pull_feed(struct json_pull *p, struct text bytes)
{
    p->before += p->at - p->piece;
    p->piece = p->at = bytes.len ? bytes.ptr : "";
    p->end = p->at + bytes.len;
    if (bytes.len == 0)
        p->is_last = true;
}

static enum pull_token bad(struct json_pull *p, const char *reason)
{
    if (!p->is_bad) {
        p->is_bad = true;
        p->reason = reason;
    }
    return PULL_BAD;
}

static enum pull_token value_done(struct json_pull *p, enum pull_token token)
{
    p->place = p->depth ? AT_AFTER : AT_DONE;
    return token;
}

/* Damaged UTF-8 is replaced, as a text viewer would. */
static struct text repair(struct json_pull *p, struct text t)
{
    buf_reset(&p->repaired);
    while (t.len) {
        const char *start = t.ptr;

        if (str_utf8_next(&t) < 0)
            buf_add(&p->repaired, "\xEF\xBF\xBD", 3);
        else
            buf_add(&p->repaired, start, (size_t)(t.ptr - start));
    }
    p->patched = true;
    return buf_as_text(&p->repaired);
}

static enum pull_token string_done(struct json_pull *p, struct text t)
{
    p->lexing = LEX_NONE;
    if (t.len > p->max_string)
        return bad(p, "a string is too long");
    p->value = str_utf8_valid(t) ? t : repair(p, t);
    if (p->is_key) {
        p->place = AT_COLON;
        return PULL_KEY;
    }
    return value_done(p, PULL_STRING);
}

/* First byte that ends a plain run: quote, backslash or control character. */
static const char *plain_end(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);

    while (end - at >= 8) {
        uint64_t w, quote, slash;

        memcpy(&w, at, 8);
        quote = w ^ (ones * '"');
        slash = w ^ (ones * '\\');
        if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((w - ones * 0x20) & ~w)) & tops)
            break;
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

static void gather_code(struct json_pull *p, uint32_t code)
{
    char bytes[4];

    buf_add(&p->gathered, bytes, str_utf8_encode(code, bytes));
}

static void patch(struct json_pull *p)
{
    gather_code(p, 0xFFFD);
    p->patched = true;
}

/* A high surrogate must be followed at once by a low one. */
static void drop_high(struct json_pull *p)
{
    if (p->high)
        patch(p);
    p->high = 0;
}

static void take_code(struct json_pull *p)
{
    uint32_t code = p->hex;

    if (p->hex_is_unit && code >= 0xDC00 && code <= 0xDFFF && p->high) {
        gather_code(p, 0x10000 + ((p->high - 0xD800) << 10) + (code - 0xDC00));
        p->high = 0;
        return;
    }
    drop_high(p);
    if (code >= 0xD800 && code <= 0xDBFF)
        p->high = code;
    else if ((code >= 0xDC00 && code <= 0xDFFF) || code == 0)
        patch(p);
    else
        gather_code(p, code);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool lex_hex(struct json_pull *p)
{
    int value = hex_value(*p->at++);

    if (value < 0) {
        bad(p, "an escape in a string is not hexadecimal");
        return false;
    }
    p->hex = p->hex << 4 | (uint32_t)value;
    if (--p->hex_left == 0) {
        take_code(p);
        p->lexing = LEX_STRING;
    }
    return true;
}

static bool lex_escape(struct json_pull *p)
{
    static const char meaning[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char c = *p->at++;

    if (c == 'u' || c == 'x') {
        p->hex_is_unit = c == 'u';
        p->hex_left = c == 'u' ? 4 : 2;
        p->hex = 0;
        p->lexing = LEX_HEX;
        return true;
    }
    drop_high(p);
    for (size_t i = 0; i + 1 < sizeof(meaning); i += 2)
        if (meaning[i] == c) {
            buf_char(&p->gathered, meaning[i + 1]);
            p->lexing = LEX_STRING;
            return true;
        }
    bad(p, "an unknown escape in a string");
    return false;
}

/* Goes on with a string that is being gathered. */
static enum pull_token lex_string(struct json_pull *p)
{
    while (p->at < p->end) {
        if (p->lexing == LEX_ESCAPE || p->lexing == LEX_HEX) {
            if (!(p->lexing == LEX_HEX ? lex_hex(p) : lex_escape(p)))
                return PULL_BAD;
            continue;
        }
        const char *stop = plain_end(p->at, p->end);
        if (stop > p->at) {
            drop_high(p);
            buf_add(&p->gathered, p->at, (size_t)(stop - p->at));
            p->at = stop;
        }
        if (p->gathered.failed)
            return bad(p, "a string is too long");
        if (stop == p->end)
            break;
        p->at++;
        if (*stop == '\\') {
            p->lexing = LEX_ESCAPE;
            continue;
        }
        if (*stop != '"')
            return bad(p, "a control character in a string");
        drop_high(p);
        if (p->gathered.failed)
            return bad(p, "a string is too long");
        return string_done(p, (struct text) { p->gathered.ptr ? p->gathered.ptr : "", p->gathered.len });
    }
    return p->is_last ? bad(p, "the file ends within a string") : PULL_MORE;
}

/* After the opening quote. */
static enum pull_token begin_string(struct json_pull *p, bool is_key)
{
    const char *stop = plain_end(p->at, p->end);

    p->is_key = is_key;
    if (stop < p->end && *stop == '"') {
        struct text t = { p->at, (size_t)(stop - p->at) };

        p->at = stop + 1;
        return string_done(p, t);
    }
    buf_reset(&p->gathered);
    p->lexing = LEX_STRING;
    p->high = 0;
    return lex_string(p);
}

static bool digits(struct text *cur)
{
    size_t n = 0;

    while (n < cur->len && cur->ptr[n] >= '0' && cur->ptr[n] <= '9')
        n++;
    cur->ptr += n;
    cur->len -= n;
    return n > 0;
}

static bool is_number(struct text t)
{
    str_skip_char(&t, '-');
    bool is_zero = t.len && t.ptr[0] == '0';
    if (is_zero)
        str_skip_char(&t, '0');
    else if (!digits(&t))
        return false;
    if (str_skip_char(&t, '.') && !digits(&t))
        return false;
    if (str_skip_char(&t, 'e') || str_skip_char(&t, 'E')) {
        if (!str_skip_char(&t, '+'))
            str_skip_char(&t, '-');
        if (!digits(&t))
            return false;
    }
    return t.len == 0;
}

static enum pull_token word_done(struct json_pull *p, struct text t)
{
    p->lexing = LEX_NONE;
    if (text_equal(t, TEXT("true")))
        return value_done(p, PULL_TRUE);
    if (text_equal(t, TEXT("false")))
        return value_done(p, PULL_FALSE);
    if (text_equal(t, TEXT("null")))
        return value_done(p, PULL_NULL);
    return bad(p, "a word that JSON does not have");
}

static enum pull_token number_done(struct json_pull *p, struct text t)
{
    p->lexing = LEX_NONE;
    if (!is_number(t))
        return bad(p, "a malformed number");
    p->value = t;
    return value_done(p, PULL_NUMBER);
}

static bool is_bare(char c, enum lexing lexing)
{
    if (lexing == LEX_WORD)
        return c >= 'a' && c <= 'z';
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Numbers and words end where something else begins, which may be in the next piece. */
static enum pull_token lex_bare(struct json_pull *p)
{
    const char *start = p->at;

    while (p->at < p->end && is_bare(*p->at, p->lexing))
        p->at++;
    struct text t = { start, (size_t)(p->at - start) };
    if (t.len > NUMBER_MAX || p->gathered.len > NUMBER_MAX - t.len)
        return bad(p, "a number is too long");
    if (p->at == p->end || p->gathered.len) {
        buf_text(&p->gathered, t);
        if (p->at == p->end && !p->is_last)
            return PULL_MORE;
        t = buf_as_text(&p->gathered);
    }
    return p->lexing == LEX_WORD ? word_done(p, t) : number_done(p, t);
}

static enum pull_token begin_bare(struct json_pull *p, enum lexing lexing)
{
    buf_reset(&p->gathered);
    p->lexing = lexing;
    return lex_bare(p);
}

static enum pull_token open_level(struct json_pull *p, bool is_object)
{
    if (p->depth == DEPTH_MAX)
        return bad(p, "nested too deeply");
    p->objects = (p->objects & ~(UINT64_C(1) << p->depth)) | (uint64_t)is_object << p->depth;
    p->depth++;
    p->place = is_object ? AT_KEY_OR_END : AT_VALUE_OR_END;
    return is_object ? PULL_OBJECT : PULL_ARRAY;
}

static bool in_object(const struct json_pull *p)
{
    return p->depth && (p->objects >> (p->depth - 1) & 1);
}

static enum pull_token close_level(struct json_pull *p, char c)
{
    bool is_object = in_object(p);

    if (c != (is_object ? '}' : ']'))
        return bad(p, "the wrong closing bracket");
    p->depth--;
    return value_done(p, is_object ? PULL_OBJECT_END : PULL_ARRAY_END);
}

static enum pull_token begin_value(struct json_pull *p, char c)
{
    switch (c) {
    case '{':
    case '[':
        p->at++;
        return open_level(p, c == '{');
    case '"':
        p->at++;
        return begin_string(p, false);
    case 't':
    case 'f':
    case 'n':
        return begin_bare(p, LEX_WORD);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return begin_bare(p, LEX_NUMBER);
        return bad(p, "a value was expected");
    }
}

/* Next byte that is not blank, in *c; false when the piece is used up. */
static bool next_byte(struct json_pull *p, char *c)
{
    for (; p->at < p->end; p->at++) {
        char b = *p->at;

        if (b == '\n')
            p->line++;
        else if (b != ' ' && b != '\r' && b != '\t') {
            *c = b;
            return true;
        }
    }
    return false;
}

static enum pull_token at_end_of_piece(struct json_pull *p)
{
    if (!p->is_last)
        return PULL_MORE;
    if (p->place == AT_DONE)
        return PULL_END;
    return bad(p, p->depth ? "the file ends in the middle" : "the file is empty");
}

static bool skip_bom(struct json_pull *p)
{
    static const char mark[] = "\xEF\xBB\xBF";

    while (p->bom < 3 && p->at < p->end) {
        if (*p->at != mark[p->bom]) {
            /* Half a mark is no mark. */
            bool is_none = p->bom == 0;
            p->bom = 3;
            return is_none;
        }
        p->at++;
        p->bom++;
    }
    return true;
}

static enum pull_token next_token(struct json_pull *p)
{
    char c;

    if (p->lexing == LEX_NUMBER || p->lexing == LEX_WORD)
        return lex_bare(p);
    if (p->lexing != LEX_NONE)
        return lex_string(p);
    while (next_byte(p, &c)) {
        switch (p->place) {
        case AT_COLON:
            if (c != ':')
                return bad(p, "a colon was expected");
            p->at++;
            p->place = AT_VALUE;
            continue;
        case AT_AFTER:
            p->at++;
            if (c != ',')
                return close_level(p, c);
            p->place = in_object(p) ? AT_KEY : AT_VALUE;
            continue;
        case AT_KEY:
        case AT_KEY_OR_END:
            p->at++;
            if (c == '}' && p->place == AT_KEY_OR_END)
                return close_level(p, c);
            return c == '"' ? begin_string(p, true) : bad(p, "a name in quotes was expected");
        case AT_VALUE_OR_END:
            if (c == ']') {
                p->at++;
                return close_level(p, c);
            }
            return begin_value(p, c);
        case AT_VALUE:
            return begin_value(p, c);
        case AT_DONE:
            return bad(p, "something follows the end of the document");
        }
    }
    return at_end_of_piece(p);
}

enum pull_token json_pull_next(struct json_pull *p)
{
    enum pull_token token;

    p->value = (struct text) { NULL, 0 };
    if (p->is_bad)
        token = PULL_BAD;
    else if (p->bom < 3 && !skip_bom(p))
        token = bad(p, "a value was expected");
    else
        token = next_token(p);
    if (token != PULL_MORE)
        p->last = token;
    return token;
}

struct text json_pull_value(const struct json_pull *p)
{
    return p->value;
}

unsigned json_pull_depth(const struct json_pull *p)
{
    return p->depth;
}

bool json_pull_patched(const struct json_pull *p)
{
    return p->patched;
}

long json_pull_line(const struct json_pull *p)
{
    return p->line;
}

int64_t json_pull_offset(const struct json_pull *p)
{
    return p->before + (p->at - p->piece);
}

void json_pull_why(const struct json_pull *p, struct fail *why)
{
    fail_line(why, FAIL_BAD_FILE, p->line, "not JSON: %s", p->reason ? p->reason : "nothing is wrong");
}

enum pull_token json_pull_skip(struct json_pull *p)
{
    if (!p->skipping) {
        if (p->last != PULL_OBJECT && p->last != PULL_ARRAY && p->last != PULL_KEY)
            return p->last;
        p->skip_to = p->last == PULL_KEY ? p->depth : p->depth - 1;
        p->skipping = true;
    }
    for (;;) {
        enum pull_token token = json_pull_next(p);

        if (token == PULL_MORE)
            return token;
        if (token == PULL_BAD || p->depth == p->skip_to) {
            p->skipping = false;
            return token;
        }
    }
}
