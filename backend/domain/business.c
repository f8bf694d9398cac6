/* Tenants: made by hand or by the demo, listed for commands and the panel. */
#include "domain/business.h"

#include "util/str.h"
#include "util/zone.h"

#define NAME_MAX_BYTES 120

static int check_name(struct ctx *c, struct text name)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES || !str_utf8_valid(name))
        return fail_field(&c->fail, "name", "a name has 1 to %d characters", NAME_MAX_BYTES);
    return 0;
}

static int check_zone(struct ctx *c, struct text zone)
{
    struct fail why = { 0 };
    struct zone *z = zone_open(arena_copy(c->mem, zone), &why);

    if (!z)
        return fail_field(&c->fail, "zone", "%s", why.text);
    zone_free(z);
    return 0;
}

int business_add(struct ctx *c, struct text name, struct text zone, struct text language, bool is_demo, int64_t *id)
{
    name = str_trim(name);
    zone = zone.ptr ? zone : TEXT("Asia/Jakarta");
    language = language.ptr ? language : TEXT("id");
    if (check_name(c, name) || check_zone(c, zone))
        return -1;
    if (!text_equal(language, TEXT("id")) && !text_equal(language, TEXT("en")))
        return fail_field(&c->fail, "language", "id or en");
    return db_one(c, SQL_BUSINESS_ADD, IN(IN_TEXT(name), IN_TEXT(zone), IN_TEXT(language), IN_BOOL(is_demo)),
                  OUT(OUT_I64(id))) == 1
               ? 0
               : -1;
}

int business_get(struct ctx *c, int64_t id, struct business *out)
{
    return db_one(c, SQL_BUSINESS_GET, IN(IN_I64(id)),
                  OUT(OUT_I64(&out->id), OUT_TEXT(&out->name), OUT_TEXT(&out->zone), OUT_TEXT(&out->language),
                      OUT_BOOL(&out->is_demo), OUT_TIME(&out->created_at)));
}

struct listing {
    struct business b;
    int (*row)(const struct business *b, void *arg);
    void *arg;
};

static int on_row(void *arg)
{
    struct listing *l = arg;

    return l->row(&l->b, l->arg);
}

int business_list(struct ctx *c, int (*row)(const struct business *b, void *arg), void *arg)
{
    struct listing l = { .row = row, .arg = arg };

    return db_each(c, SQL_BUSINESS_LIST, NO_IN,
                   OUT(OUT_I64(&l.b.id), OUT_TEXT(&l.b.name), OUT_TEXT(&l.b.zone), OUT_TEXT(&l.b.language),
                       OUT_BOOL(&l.b.is_demo), OUT_TIME(&l.b.created_at)),
                   on_row, &l);
}
