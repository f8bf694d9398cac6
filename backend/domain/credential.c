/* A credential as lines "name=value", which can be read in place and wiped in one go. */
#include "domain/credential.h"

#include "util/str.h"

#include <stddef.h>

struct member {
    struct text name;
    size_t offset;
};

static const struct member members[] = {
    { { "token", 5 }, offsetof(struct credential, token) },
    { { "refresh_token", 13 }, offsetof(struct credential, refresh_token) },
    { { "app_id", 6 }, offsetof(struct credential, app_id) },
    { { "app_secret", 10 }, offsetof(struct credential, app_secret) },
};

static struct text *member_at(struct credential *c, const struct member *m)
{
    return (struct text *)(void *)((char *)c + m->offset);
}

void credential_read(struct text opened, struct credential *out)
{
    bool is_bare = !memchr(opened.ptr ? opened.ptr : "", '\n', opened.len);

    *out = (struct credential){ .token = is_bare ? opened : (struct text){ NULL, 0 } };
    while (!is_bare && opened.len) {
        struct text line, name;

        if (!str_split(&opened, '\n', &line))
            opened.len = 0;
        if (!str_split(&line, '=', &name))
            continue;
        for (size_t i = 0; i < COUNT_OF(members); i++)
            if (text_equal(name, members[i].name))
                *member_at(out, &members[i]) = line;
    }
}

bool credential_write(const struct credential *c, struct buf *out)
{
    struct credential copy = *c;

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const struct text *value = member_at(&copy, &members[i]);

        if (value->len && memchr(value->ptr, '\n', value->len))
            return false;
    }
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const struct text *value = member_at(&copy, &members[i]);

        if (!value->len)
            continue;
        buf_text(out, members[i].name);
        buf_char(out, '=');
        buf_text(out, *value);
        buf_char(out, '\n');
    }
    return !out->failed;
}
