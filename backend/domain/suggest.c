/* Who a contact may be as well, and why. */
#include "domain/suggest.h"

#include "domain/alike.h"
#include "domain/merge.h"

#include "util/phone.h"

#define OWN_MAX   50
#define FOUND_MAX 60
#define LIKE_MAX  20

struct handle {
    int16_t platform;
    struct text username, name;
};

struct finding {
    struct ctx *c;
    int64_t self;
    struct handle own[OWN_MAX];
    struct text phones[OWN_MAX], names[OWN_MAX], written[OWN_MAX], wanted[2 * OWN_MAX];
    size_t own_count, phone_count, name_count, written_count;
    struct suggestion found[FOUND_MAX];
    size_t found_count;
    int64_t like[LIKE_MAX];               /* who has the same name */
    size_t like_count;
    struct handle theirs[OWN_MAX];
    int64_t their_contact[OWN_MAX];
    size_t their_count;
    int64_t at;                           /* the row in hand */
    int16_t platform;
    struct text username, phone, name, contact_name, words;
};

static bool holds(const struct text *list, size_t count, struct text t)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i], t))
            return true;
    return false;
}

static void keep(struct text *list, size_t *count, struct text t)
{
    if (t.len && *count < OWN_MAX && !holds(list, *count, t))
        list[(*count)++] = t;
}

static void propose(struct finding *f, int64_t contact, enum suggest_reason why, struct text value)
{
    struct suggestion *s = NULL;

    if (contact == f->self)
        return;
    for (size_t i = 0; i < f->found_count && !s; i++)
        s = f->found[i].contact == contact ? &f->found[i] : NULL;
    if (!s) {
        if (f->found_count == FOUND_MAX)
            return;
        s = &f->found[f->found_count++];
        *s = (struct suggestion) { .contact = contact };
    }
    if (!s->value[why].ptr)
        s->value[why] = value;
}

/* ---- the contact itself ---- */

static int take_own(void *arg)
{
    struct finding *f = arg;

    if (f->own_count < OWN_MAX)
        f->own[f->own_count++] = (struct handle) { f->platform, f->username, f->name.len ? f->name : f->contact_name };
    if (phone_is_normal(f->phone))
        keep(f->phones, &f->phone_count, f->phone);
    keep(f->names, &f->name_count, f->name);
    keep(f->names, &f->name_count, f->contact_name);
    return 0;
}

/* Each number and handle of theirs that stands in these words. */
static void read_words(struct finding *f)
{
    struct text rest = f->words;
    char number[PHONE_SIZE];

    while (phone_next(&rest, PHONE_INDONESIA, number))
        if (!holds(f->phones, f->phone_count, text_of(number)))
            keep(f->written, &f->written_count, arena_text(f->c->mem, text_of(number)));
    for (size_t i = 0; i < f->their_count; i++)
        if (alike_mentions(f->words, f->theirs[i].username))
            propose(f, f->their_contact[i], SUGGEST_HANDLE, f->theirs[i].username);
}

static int take_own_words(void *arg)
{
    read_words(arg);
    return 0;
}

/* ---- the others ---- */

static int take_like(void *arg)
{
    struct finding *f = arg;

    for (size_t i = 0; i < f->like_count; i++)
        if (f->like[i] == f->at)
            return 0;
    if (f->at != f->self && f->like_count < LIKE_MAX)
        f->like[f->like_count++] = f->at;
    return 0;
}

static int take_theirs(void *arg)
{
    struct finding *f = arg;

    if (f->username.len && f->their_count < OWN_MAX) {
        f->their_contact[f->their_count] = f->at;
        f->theirs[f->their_count++].username = f->username;
    }
    return 0;
}

static int take_their_words(void *arg)
{
    struct finding *f = arg;
    struct text rest = f->words;
    char number[PHONE_SIZE];

    while (phone_next(&rest, PHONE_INDONESIA, number))
        for (size_t i = 0; i < f->phone_count; i++)
            if (text_equal(f->phones[i], text_of(number)))
                propose(f, f->at, SUGGEST_NUMBER_BACK, f->phones[i]);
    for (size_t i = 0; i < f->own_count; i++)
        if (alike_mentions(f->words, f->own[i].username))
            propose(f, f->at, SUGGEST_HANDLE_BACK, f->own[i].username);
    return 0;
}

static int take_phone(void *arg)
{
    struct finding *f = arg;
    bool is_own = holds(f->phones, f->phone_count, f->phone);

    propose(f, f->at, is_own ? SUGGEST_PHONE : SUGGEST_NUMBER, f->phone);
    return 0;
}

static int take_username(void *arg)
{
    struct finding *f = arg;
    struct text name = f->name.len ? f->name : f->contact_name;

    for (size_t i = 0; i < f->own_count; i++)
        if (f->own[i].platform != f->platform && text_equal(f->own[i].username, f->username) &&
            alike_names(f->own[i].name, name))
            propose(f, f->at, SUGGEST_USERNAME, f->username);
    return 0;
}

static int take_refused(void *arg)
{
    struct finding *f = arg;

    for (size_t i = 0; i < f->found_count; i++)
        if (f->found[i].contact == f->at)
            f->found[i--] = f->found[--f->found_count];
    return 0;
}

static int people(struct finding *f, const int64_t *contacts, size_t count, db_row_fn *row)
{
    return db_each(f->c, SQL_ALIKE_PEOPLE, IN(IN_I64(f->c->who.business), IN_I64S(contacts, count)),
                   OUT(OUT_I64(&f->at), OUT_I16(&f->platform), OUT_TEXT(&f->username), OUT_TEXT(&f->phone),
                       OUT_TEXT(&f->name), OUT_TEXT(&f->contact_name)),
                   row, f);
}

static int words(struct finding *f, const int64_t *contacts, size_t count, db_row_fn *row)
{
    return db_each(f->c, SQL_ALIKE_WORDS, IN(IN_I64(f->c->who.business), IN_I64S(contacts, count)),
                   OUT(OUT_I64(&f->at), OUT_TEXT(&f->words)), row, f);
}

/* Names are compared as the list is ordered: lower case is the database's. */
static int by_name(struct finding *f)
{
    if (!f->name_count)
        return words(f, &f->self, 1, take_own_words);
    if (db_each(f->c, SQL_ALIKE_NAMES, IN(IN_I64(f->c->who.business), IN_TEXTS(f->names, f->name_count)),
                OUT(OUT_I64(&f->at)), take_like, f) ||
        (f->like_count && people(f, f->like, f->like_count, take_theirs)) ||
        words(f, &f->self, 1, take_own_words))
        return -1;
    return f->like_count ? words(f, f->like, f->like_count, take_their_words) : 0;
}

static int by_number(struct finding *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->phone_count; i++)
        f->wanted[n++] = f->phones[i];
    for (size_t i = 0; i < f->written_count; i++)
        f->wanted[n++] = f->written[i];
    if (!n)
        return 0;
    return db_each(f->c, SQL_ALIKE_PHONES, IN(IN_I64(f->c->who.business), IN_TEXTS(f->wanted, n)),
                   OUT(OUT_I64(&f->at), OUT_TEXT(&f->phone)), take_phone, f);
}

static int by_username(struct finding *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->own_count; i++)
        if (f->own[i].username.len)
            f->wanted[n++] = f->own[i].username;
    if (!n)
        return 0;
    return db_each(f->c, SQL_ALIKE_USERNAMES, IN(IN_I64(f->c->who.business), IN_TEXTS(f->wanted, n)),
                   OUT(OUT_I64(&f->at), OUT_I16(&f->platform), OUT_TEXT(&f->username), OUT_TEXT(&f->name),
                       OUT_TEXT(&f->contact_name)),
                   take_username, f);
}

/* Reasons are declared by strength; more than one makes a suggestion stronger still. */
static unsigned strength(const struct suggestion *s)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < SUGGEST_REASON_COUNT; i++)
        sum += s->value[i].ptr ? 1u << (SUGGEST_REASON_COUNT - i) : 0;
    return sum;
}

int suggest_for(struct ctx *c, int64_t contact, struct suggestion out[SUGGEST_MAX], size_t *count)
{
    struct finding *f = arena_new_of(c->mem, struct finding);
    size_t n = 0;

    f->c = c;
    if (merge_root(c, contact, &f->self) || people(f, &f->self, 1, take_own) || by_name(f) || by_number(f) ||
        by_username(f) ||
        (f->found_count && db_each(c, SQL_APART_LIST, IN(IN_I64(c->who.business), IN_I64(f->self)),
                                   OUT(OUT_I64(&f->at)), take_refused, f)))
        return -1;
    while (n < SUGGEST_MAX && f->found_count) {
        size_t best = 0;

        for (size_t i = 1; i < f->found_count; i++)
            if (strength(&f->found[i]) > strength(&f->found[best]))
                best = i;
        out[n++] = f->found[best];
        f->found[best] = f->found[--f->found_count];
    }
    *count = n;
    return 0;
}
