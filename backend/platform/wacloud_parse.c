/* Webhook bodies of the WhatsApp Cloud API into events: envelope, entries, changes and the lists in them. */
#include "wacloud_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

#define ERRORS_MAX 16                  /* WhatsApp tells one */

/* ---- small helps ---- */

struct text wacloud_joined(struct arena *mem, struct text a, const char *between, struct text b)
{
    return text_of(arena_printf(mem, "%.*s%s%.*s", (int)a.len, a.ptr ? a.ptr : "", between, (int)b.len,
                                b.ptr ? b.ptr : ""));
}

void wacloud_set(json_t *detail, const char *key, struct text value)
{
    if (value.len)
        json_object_set_new(detail, key, json_stringn(value.ptr, value.len));
}

struct text wacloud_digest(struct arena *mem, struct text prefix, const json_t *a, const json_t *b)
{
    AUTO(json) json_t *all = json_array();
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[33];
    char *bytes;

    json_array_append(all, (json_t *)(uintptr_t)a);
    json_array_append(all, (json_t *)(uintptr_t)b);
    bytes = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    crypto_sha256(text_of(bytes ? bytes : ""), hash);
    free(bytes);
    enc_hex(hash, 16, hex);
    return wacloud_joined(mem, prefix, "/", text_of(hex));
}

/* Letters make it another kind of id; a lone 0 in front is the trunk prefix of a country whose number is 62. */
struct text wacloud_number(struct arena *mem, struct text written)
{
    char digits[20];
    size_t count = 0;
    bool is_full = false;

    for (size_t i = 0; i < written.len; i++) {
        char c = written.ptr[i];

        if (c >= '0' && c <= '9' && count < sizeof digits)
            digits[count++] = c;
        else if (c == '+' && count == 0)
            is_full = true;
        else if (!memchr(" -.()", c, 5))
            return WACLOUD_NONE;
    }
    if (count < 5 || count > 17)
        return WACLOUD_NONE;
    if (!is_full && digits[0] == '0' && digits[1] == '0')
        return text_of(arena_printf(mem, "%.*s", (int)count - 2, digits + 2));
    if (digits[0] == '0')
        return text_of(arena_printf(mem, "62%.*s", (int)count - 1, digits + 1));
    return text_of(arena_printf(mem, "%.*s", (int)count, digits));
}

static void take_error(struct arena *mem, const json_t *error, json_t *detail)
{
    static const char *const keys[] = { "details", "message", "title" };
    struct text words = payload_text(json_object_get(error, "error_data"), "details");
    int64_t code = payload_number(error, "code", -1);
    const struct meta_error *known = meta_error_find(wacloud_errors, wacloud_error_count, code, 0);
    struct text before = payload_text(detail, "error");

    for (size_t i = 0; i < COUNT_OF(keys) && !words.len; i++)
        words = payload_text(error, keys[i]);
    if (!words.len)
        words = payload_text(error, "error_data");
    if (!words.len)
        words = text_of(arena_printf(mem, "%lld", (long long)code));
    if (before.len)
        words = wacloud_joined(mem, arena_text(mem, before), "; ", words);
    wacloud_set(detail, "error", words);
    if (code >= 0 && !json_object_get(detail, "code"))
        json_object_set_new(detail, "code", json_integer(code));
    if (known && !json_object_get(detail, "why"))
        json_object_set_new(detail, "why", json_string(known->code));
}

void wacloud_take_errors(struct arena *mem, const json_t *errors, json_t *detail)
{
    if (json_is_object(errors))
        take_error(mem, errors, detail);
    for (size_t i = 0; i < json_array_size(errors) && i < ERRORS_MAX; i++)
        take_error(mem, json_array_get(errors, i), detail);
}

int wacloud_emit(struct wacloud_parse *p, struct event *ev, json_t *detail)
{
    struct text channel = p->phone_id.len ? p->phone_id : p->channel->external_id;

    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->platform = PLATFORM_WHATSAPP;
    ev->channel = channel.len ? channel : p->account;
    if (!p->phone_id.len && (ev->kind == EVENT_ACCOUNT || ev->kind == EVENT_UNSUPPORTED) && p->account.len &&
        !ev->thread.present)
        ev->channel = p->account;
    return p->sink(ev, p->arg);
}

int wacloud_unsupported(struct wacloud_parse *p, struct text type, const json_t *value)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.sent_at = TIME_NONE;
    ev.id = wacloud_digest(p->mem, type, value, p->entry_time);
    ev.text = payload_words(p->mem, value);
    json_object_set_new(detail, "type", json_stringn(type.len ? type.ptr : "empty", type.len ? type.len : 5));
    if (value)
        json_object_set(detail, "value", (json_t *)(uintptr_t)value);
    return wacloud_emit(p, &ev, detail);
}

/* ---- lists ---- */

typedef int handler(struct wacloud_parse *p, const json_t *item);

/* One where many are usual counts as a list of one. */
static int each(struct wacloud_parse *p, const json_t *list, handler *handle)
{
    if (json_is_object(list))
        return handle(p, list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_object(item) ? handle(p, item) : wacloud_unsupported(p, p->field, item))
            return -1;
    }
    return 0;
}

static int on_echo(struct wacloud_parse *p, const json_t *m)
{
    struct wacloud_parse as = *p;

    as.is_echo = true;
    return wacloud_on_message(&as, m);
}

static int on_strand(struct wacloud_parse *p, const json_t *thread)
{
    struct wacloud_parse as = *p;
    const json_t *messages = json_object_get(thread, "messages");
    struct text id = payload_id(p->mem, thread, "id");

    as.strand = wacloud_number(p->mem, id);
    if (!as.strand.len)
        as.strand = id;
    return messages ? each(&as, messages, wacloud_on_message) : 0;
}

static int on_chunk(struct wacloud_parse *p, const json_t *chunk)
{
    struct wacloud_parse as = *p;
    const json_t *threads = json_object_get(chunk, "threads"), *errors = json_object_get(chunk, "errors");

    as.is_history = true;
    as.phase = json_object_get(json_object_get(chunk, "metadata"), "phase");
    if (each(&as, errors, wacloud_on_error) || each(&as, threads, on_strand))
        return -1;
    return each(&as, json_object_get(chunk, "messages"), wacloud_on_message);
}

static const struct list {
    const char *key;
    handler *handle;
} lists[] = {
    { "messages", wacloud_on_message },      { "message_echoes", on_echo },
    { "statuses", wacloud_on_status },       { "history", on_chunk },
    { "calls", wacloud_on_call },            { "state_sync", wacloud_on_state },
    { "errors", wacloud_on_error },          { "user_preferences", wacloud_on_preference },
    { "user_id_update", wacloud_on_user_id },
};

static bool is_list(const json_t *value)
{
    return json_is_array(value) || json_is_object(value);
}

static bool holds_lists(const json_t *value)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (is_list(json_object_get(value, lists[i].key)))
            return true;
    return false;
}

static int on_lists(struct wacloud_parse *p, const json_t *value)
{
    const char *key;
    json_t *list;

    json_object_foreach((json_t *)(uintptr_t)value, key, list) {
        for (size_t i = 0; i < COUNT_OF(lists); i++)
            if (strcmp(key, lists[i].key) == 0 && is_list(list) && each(p, list, lists[i].handle))
                return -1;
    }
    return 0;
}

/* ---- envelope ---- */

static void take_contacts(struct wacloud_parse *p, const json_t *contacts)
{
    size_t count = json_array_size(contacts);

    p->contacts = contacts;
    p->contact_numbers = arena_array(p->mem, struct text, count + 1);
    for (size_t i = 0; i < count; i++)
        p->contact_numbers[i] = wacloud_number(p->mem, payload_id(p->mem, json_array_get(contacts, i), "wa_id"));
}

static int on_value(struct wacloud_parse *entry, struct text field, const json_t *value)
{
    struct wacloud_parse p = *entry;
    const json_t *about = json_object_get(value, "metadata");

    p.field = field;
    p.phone_id = payload_id(p.mem, about, "phone_number_id");
    p.number = wacloud_number(p.mem, payload_id(p.mem, about, "display_phone_number"));
    take_contacts(&p, json_object_get(value, "contacts"));
    p.is_history = text_equal(field, TEXT("history"));
    p.is_echo = text_equal(field, TEXT("smb_message_echoes")) || text_equal(field, TEXT("message_echoes"));
    if (wacloud_is_account_field(field))
        return wacloud_on_account(&p, value);
    if ((p.is_echo || p.is_history || !holds_lists(value)) && each(&p, p.contacts, wacloud_on_contact))
        return -1;
    if (holds_lists(value))
        return on_lists(&p, value);
    return json_array_size(p.contacts) ? 0 : wacloud_unsupported(&p, field, value);
}

static int on_change(struct wacloud_parse *p, const json_t *change)
{
    return on_value(p, payload_text(change, "field"), json_object_get(change, "value"));
}

/* What stands beside the changes: fields of another object, of another platform, of tomorrow. */
static int on_rest(struct wacloud_parse *p, const json_t *entry)
{
    static const char *const known[] = { "id", "time", "changes", "field", "value", "uid" };
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)entry, key, value) {
        bool is_known = false;

        for (size_t i = 0; i < COUNT_OF(known); i++)
            is_known = is_known || strcmp(key, known[i]) == 0;
        if (!is_known && is_list(value) && wacloud_unsupported(p, text_of(key), value))
            return -1;
    }
    return 0;
}

static int on_entry(struct wacloud_parse *p, const json_t *entry)
{
    const json_t *changes = json_object_get(entry, "changes"), *field = json_object_get(entry, "field");
    struct wacloud_parse as = *p;

    as.account = payload_id(p->mem, entry, "id");
    as.entry_time = json_object_get(entry, "time");
    as.field = TEXT("changes");
    if (holds_lists(entry) && !changes)                       /* a value without its change */
        return on_value(&as, TEXT("messages"), entry);
    if (each(&as, changes, on_change))
        return -1;
    if (json_is_string(field) && on_change(&as, entry))
        return -1;
    return on_rest(&as, entry);
}

/* The body of today has entries; older ones, and those of resellers, are a bare value or a bare change. */
static int on_root(struct wacloud_parse *p, const json_t *root)
{
    const json_t *entries = json_object_get(root, "entry");

    p->field = TEXT("entry");
    if (is_list(entries))
        return each(p, entries, on_entry);
    if (json_object_get(root, "changes") || json_object_get(root, "field"))
        return on_entry(p, root);
    if (holds_lists(root))
        return on_value(p, TEXT("messages"), root);
    return wacloud_unsupported(p, payload_text(root, "object"), root);
}

static void forget(void *root)
{
    json_decref(root);
}

int wacloud_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                       struct fail *why)
{
    struct wacloud_parse p = { .channel = ch, .mem = mem, .sink = sink, .arg = arg, .field = TEXT("body") };
    json_error_t error;
    json_t *root = payload_load(mem, body, &error);

    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    arena_cleanup(mem, forget, root);                   /* events point into the tree */
    return each(&p, root, on_root);
}
