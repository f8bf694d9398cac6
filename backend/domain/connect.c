/* The forms by which accounts are connected. */
#include "domain/connect.h"

#include "util/json_out.h"
#include "util/str.h"

const struct json_in_field connect_value_fields[] = {
#define X(name) JSON_IN_TEXT(struct connect_values, name, false, 0, 2048),
    CONNECT_NAMES(X)
#undef X
    JSON_IN_END,
};

#define FIELD(name, ...) { #name, offsetof(struct connect_values, name), __VA_ARGS__ }

static const struct connect_field telegram_fields[] = {
    FIELD(token, CONNECT_TOKEN, CONNECT_ALWAYS, true, LETTERS_BOT_TOKEN, 20, 512),
};
static const struct connect_field line_fields[] = {
    FIELD(channel_secret, CONNECT_HOOK_SECRET | CONNECT_APP_SECRET, CONNECT_ALWAYS, true, LETTERS_HEX, 32, 32),
    FIELD(token, CONNECT_TOKEN, CONNECT_ALWAYS, true, LETTERS_VISIBLE, 20, 1024),
    FIELD(channel_id, CONNECT_APP_ID, CONNECT_OPTIONAL, false, LETTERS_DIGITS, 6, 20),
};
static const struct connect_field whatsapp_fields[] = {
    FIELD(phone_number_id, CONNECT_ACCOUNT, CONNECT_ALWAYS, false, LETTERS_DIGITS, 5, 25),
    FIELD(waba_id, CONNECT_STATE, CONNECT_ALWAYS, false, LETTERS_DIGITS, 5, 25),
    FIELD(token, CONNECT_TOKEN, CONNECT_ALWAYS, true, LETTERS_VISIBLE, 20, 1024),
    FIELD(app_id, CONNECT_APP_ID, CONNECT_OPTIONAL, false, LETTERS_DIGITS, 5, 25),
    FIELD(app_secret, CONNECT_APP_SECRET | CONNECT_HOOK_SECRET, CONNECT_ALWAYS, true, LETTERS_HEX, 32, 32),
};
static const struct connect_field facebook_fields[] = {
    FIELD(app_id, CONNECT_APP_ID, CONNECT_ALWAYS, false, LETTERS_DIGITS, 5, 25),
    FIELD(app_secret, CONNECT_APP_SECRET | CONNECT_HOOK_SECRET, CONNECT_ALWAYS, true, LETTERS_HEX, 32, 32),
    FIELD(token, CONNECT_TOKEN, CONNECT_OR_LOGIN, true, LETTERS_VISIBLE, 20, 1024),
};
static const struct connect_field instagram_fields[] = {
    FIELD(app_id, CONNECT_APP_ID, CONNECT_ALWAYS, false, LETTERS_DIGITS, 5, 25),
    FIELD(app_secret, CONNECT_APP_SECRET | CONNECT_HOOK_SECRET, CONNECT_ALWAYS, true, LETTERS_HEX, 32, 32),
    FIELD(token, CONNECT_TOKEN, CONNECT_OR_LOGIN, true, LETTERS_VISIBLE, 20, 1024),
};
static const struct connect_field youtube_fields[] = {
    FIELD(client_id, CONNECT_APP_ID, CONNECT_ALWAYS, false, LETTERS_VISIBLE, 10, 200),
    FIELD(client_secret, CONNECT_APP_SECRET, CONNECT_ALWAYS, true, LETTERS_VISIBLE, 10, 200),
    FIELD(refresh_token, CONNECT_REFRESH, CONNECT_OR_LOGIN, true, LETTERS_VISIBLE, 20, 1024),
};
static const struct connect_field x_fields[] = {
    FIELD(client_id, CONNECT_APP_ID, CONNECT_ALWAYS, false, LETTERS_VISIBLE, 10, 200),
    FIELD(client_secret, CONNECT_APP_SECRET, CONNECT_ALWAYS, true, LETTERS_VISIBLE, 10, 200),
    FIELD(day_limit, CONNECT_BUDGET, CONNECT_ALWAYS, false, LETTERS_DIGITS, 1, 7),
    FIELD(consumer_key, CONNECT_STATE, CONNECT_FOR_HOOK, false, LETTERS_VISIBLE, 10, 200),
    FIELD(consumer_secret, CONNECT_HOOK_SECRET, CONNECT_FOR_HOOK, true, LETTERS_VISIBLE, 10, 200),
};

#define BY_POLL (1u << TRANSPORT_POLL)
#define BY_HOOK (1u << TRANSPORT_HOOK)
#define FIELDS(list) (list), COUNT_OF(list)

const struct connect_form connect_forms[] = {
    { PLATFORM_TELEGRAM, PLATFORM_COUNT, BY_POLL | BY_HOOK, false, false, FIELDS(telegram_fields) },
    { PLATFORM_FACEBOOK, PLATFORM_MESSENGER, BY_HOOK, true, true, FIELDS(facebook_fields) },
    { PLATFORM_INSTAGRAM, PLATFORM_COUNT, BY_HOOK | BY_POLL, true, true, FIELDS(instagram_fields) },
    { PLATFORM_WHATSAPP, PLATFORM_COUNT, BY_HOOK, false, true, FIELDS(whatsapp_fields) },
    { PLATFORM_LINE, PLATFORM_COUNT, BY_HOOK, false, false, FIELDS(line_fields) },
    { PLATFORM_YOUTUBE, PLATFORM_COUNT, BY_POLL, true, false, FIELDS(youtube_fields) },
    { PLATFORM_X, PLATFORM_COUNT, BY_POLL | BY_HOOK, true, false, FIELDS(x_fields) },
};
const size_t connect_form_count = COUNT_OF(connect_forms);

const struct connect_form *connect_form_of(enum platform p)
{
    for (size_t i = 0; i < connect_form_count; i++)
        if (connect_forms[i].platform == p)
            return &connect_forms[i];
    return NULL;
}

static struct text value_of(const struct connect_values *values, const struct connect_field *f)
{
    struct text value;

    memcpy(&value, (const char *)values + f->offset, sizeof(value));
    return value.ptr ? str_trim(value) : value;
}

void connect_pattern(const struct connect_field *f, struct buf *out)
{
    static const char *const sets[] = {
        [LETTERS_DIGITS] = "[0-9]", [LETTERS_HEX] = "[0-9A-Fa-f]", [LETTERS_VISIBLE] = "[!-~]",
    };

    if (f->letters == LETTERS_BOT_TOKEN)
        buf_str(out, "^[0-9]{5,16}:[A-Za-z0-9_-]{30,}$");
    else
        buf_printf(out, "^%s{%u,%u}$", sets[f->letters], f->min, f->max);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool letter_fits(enum connect_letters letters, char c)
{
    char low = (char)(c | 32);

    switch (letters) {
    case LETTERS_DIGITS:
        return is_digit(c);
    case LETTERS_HEX:
        return is_digit(c) || (low >= 'a' && low <= 'f');
    case LETTERS_BOT_TOKEN:
        return is_digit(c) || (low >= 'a' && low <= 'z') || c == '_' || c == '-';
    case LETTERS_VISIBLE:
        break;
    }
    return c > ' ' && c <= '~';
}

/* "123456789:AA…": the digits are the bot's id. */
static bool bot_token_fits(struct text value, struct text *id)
{
    if (!str_split(&value, ':', id) || id->len < 5 || id->len > 16 || value.len < 30)
        return false;
    for (size_t i = 0; i < id->len; i++)
        if (!is_digit(id->ptr[i]))
            return false;
    for (size_t i = 0; i < value.len; i++)
        if (!letter_fits(LETTERS_BOT_TOKEN, value.ptr[i]))
            return false;
    return true;
}

static bool shape_fits(const struct connect_field *f, struct text value)
{
    struct text id;

    if (value.len < f->min || value.len > f->max)
        return false;
    if (f->letters == LETTERS_BOT_TOKEN)
        return bot_token_fits(value, &id);
    for (size_t i = 0; i < value.len; i++)
        if (!letter_fits(f->letters, value.ptr[i]))
            return false;
    return true;
}

static int bad(struct ctx *c, const struct connect_field *f, const char *why)
{
    return fail_field(&c->fail, arena_printf(c->mem, "fields.%s", f->name), "%s", why);
}

static void fill(const struct connect_field *f, struct text value, struct new_channel *out, struct json_out *state)
{
    struct text id = value;

    if (f->fills & CONNECT_TOKEN)
        out->credential.token = value;
    if (f->fills & CONNECT_REFRESH)
        out->credential.refresh_token = value;
    if (f->fills & CONNECT_APP_ID) {
        out->credential.app_id = value;
        jo_kv(state, "app_id", jo_text, value);
    }
    if (f->fills & CONNECT_APP_SECRET)
        out->credential.app_secret = value;
    if (f->fills & CONNECT_HOOK_SECRET)
        out->hook_secret = value;
    if (f->fills & CONNECT_ACCOUNT)
        out->external_id = value;
    if (f->fills & CONNECT_STATE)
        jo_kv(state, f->name, jo_text, value);
    if (f->fills & CONNECT_BUDGET) {
        int64_t limit = 0;

        if (str_whole_i64(value, &limit, 0, 9999999))
            limit = 0;
        jo_key(state, "quota");
        jo_object(state);
        jo_kv(state, "limit", jo_i64, limit);
        jo_end_object(state);
    }
    if (f->letters == LETTERS_BOT_TOKEN && bot_token_fits(value, &id))
        out->external_id = id;
}

static bool is_needed(const struct connect_field *f, const struct connect_form *form, enum channel_transport transport)
{
    return f->need == CONNECT_ALWAYS || (f->need == CONNECT_FOR_HOOK && transport == TRANSPORT_HOOK) ||
           (f->need == CONNECT_OR_LOGIN && !form->has_login);
}

int connect_read(struct ctx *c, const struct connect_form *form, enum channel_transport transport,
                 const struct connect_values *values, struct new_channel *out, bool *needs_login)
{
    struct buf text = BUF_INIT(8192);
    struct json_out state = json_out(&text);

    jo_object(&state);
    for (size_t i = 0; i < form->field_count; i++) {
        const struct connect_field *f = &form->fields[i];
        struct text value = value_of(values, f);
        const char *why = value.len ? shape_fits(f, value) ? NULL : "not of this form"
                          : is_needed(f, form, transport) ? "is missing" : NULL;

        if (why) {
            buf_fini(&text);
            return bad(c, f, why);
        }
        if (value.len)
            fill(f, value, out, &state);
    }
    if (form->pair != PLATFORM_COUNT)
        jo_kv(&state, "make_pair", jo_bool, true);
    *needs_login = form->has_login && !out->credential.token.len && !out->credential.refresh_token.len;
    if (*needs_login)
        jo_kv(&state, "needs_login", jo_bool, true);
    jo_end_object(&state);
    out->platform = form->platform;
    out->transport = transport;
    out->has_verify_token = form->has_verify_token;
    out->state = arena_text(c->mem, buf_as_text(&text));
    buf_fini(&text);
    /* What was typed for another platform would be lost without a word. */
    for (const struct json_in_field *v = connect_value_fields; v->name; v++) {
        struct text value;
        bool is_known = false;

        memcpy(&value, (const char *)values + v->offset, sizeof(value));
        for (size_t i = 0; i < form->field_count; i++)
            is_known = is_known || form->fields[i].offset == v->offset;
        if (value.len && !is_known)
            return fail_field(&c->fail, arena_printf(c->mem, "fields.%s", v->name), "%s has no such field",
                              platform_word(form->platform));
    }
    return 0;
}
