/* What a body tells of accounts and people rather than of messages: address book, preferences, new ids, templates, bans. */
#include "wacloud_priv.h"

bool wacloud_is_account_field(struct text field)
{
    static const char *const fields[] = {
        "account_alerts", "account_review_update", "account_settings_update", "account_update",
        "business_capability_update", "business_status_update", "business_username_update",
        "message_template_components_update", "message_template_quality_update", "message_template_status_update",
        "partner_solutions", "payment_configuration_update", "phone_number_name_update", "phone_number_quality_update",
        "security", "template_category_update", "template_correct_category_detection",
    };

    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (text_equal(field, text_of(fields[i])))
            return true;
    return false;
}

int wacloud_on_account(struct wacloud_parse *p, const json_t *value)
{
    static const char *const told[] = {
        "event", "reason", "message_template_name", "message_template_language", "display_phone_number",
        "current_limit", "decision", "new_category", "new_quality_score", "username", "status",
    };
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.id = wacloud_digest(p->mem, p->field, value, p->entry_time);
    ev.sent_at = TIME_NONE;
    if (p->entry_time) {
        AUTO(json) json_t *at = json_pack("{s:O}", "time", p->entry_time);

        (void)meta_moment(at, "time", &ev.sent_at);
    }
    json_object_set_new(detail, "type", json_stringn(p->field.ptr, p->field.len));
    for (size_t i = 0; i < COUNT_OF(told); i++)
        wacloud_set(detail, told[i], payload_text(value, told[i]));
    if (value)
        json_object_set(detail, "value", (json_t *)(uintptr_t)value);
    return wacloud_emit(p, &ev, detail);
}

int wacloud_on_error(struct wacloud_parse *p, const json_t *error)
{
    AUTO(json) json_t *detail = json_object();
    AUTO(json) json_t *one = json_array();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.id = wacloud_digest(p->mem, TEXT("error"), error, p->entry_time);
    ev.sent_at = TIME_NONE;
    json_array_append(one, (json_t *)(uintptr_t)error);
    wacloud_take_errors(p->mem, one, detail);
    json_object_set_new(detail, "type", p->is_history ? json_string("history") : json_string("errors"));
    return wacloud_emit(p, &ev, detail);
}

/* Whom an outgoing message went to, since it names nobody; and contacts that come alone. */
int wacloud_on_contact(struct wacloud_parse *p, const json_t *contact)
{
    AUTO(json) json_t *detail = json_object();
    struct wacloud_person who = wacloud_person(p, payload_id(p->mem, contact, "wa_id"),
                                               payload_text(contact, "user_id"), WACLOUD_NONE);
    struct event ev;

    if (!who.author.id.len || (!who.author.name.len && !who.author.username.len))
        return 0;
    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author = who.author;
    ev.sent_at = TIME_NONE;
    if (!text_equal(who.user_id, who.author.id))
        wacloud_set(detail, "user_id", who.user_id);
    return wacloud_emit(p, &ev, detail);
}

/* An entry of the address book in the owner's phone. */
int wacloud_on_state(struct wacloud_parse *p, const json_t *item)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *contact = json_object_get(item, "contact");
    struct text name = payload_text(contact, "full_name"), phone = payload_id(p->mem, contact, "phone_number");
    struct wacloud_person who = wacloud_person(p, phone, payload_text(contact, "user_id"), WACLOUD_NONE);
    struct event ev;

    if (!json_is_object(contact) || !who.author.id.len)
        return wacloud_unsupported(p, TEXT("smb_app_state_sync"), item);
    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author = who.author;
    ev.author.name = name.len ? name : payload_text(contact, "first_name");
    ev.sent_at = TIME_NONE;
    if (!meta_moment(json_object_get(item, "metadata"), "timestamp", &ev.sent_at))
        (void)meta_moment(item, "timestamp", &ev.sent_at);
    json_object_set_new(detail, "type", json_string("contact"));
    wacloud_set(detail, "action", payload_text(item, "action"));
    return wacloud_emit(p, &ev, detail);
}

static int profile(struct wacloud_parse *p, const json_t *item, struct text user_id, json_t *detail)
{
    struct wacloud_person who = wacloud_person(p, payload_id(p->mem, item, "wa_id"), user_id, WACLOUD_NONE);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author = who.author;
    ev.sent_at = TIME_NONE;
    (void)meta_moment(item, "timestamp", &ev.sent_at);
    wacloud_set(detail, "note", payload_text(item, "detail"));
    if (who.user_id.len)
        wacloud_set(detail, "user_id", who.user_id);
    return wacloud_emit(p, &ev, detail);
}

/* Whether somebody still wants advertising from us. */
int wacloud_on_preference(struct wacloud_parse *p, const json_t *item)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", "user_preferences");

    wacloud_set(detail, "category", payload_text(item, "category"));
    wacloud_set(detail, "preference", payload_text(item, "value"));
    return profile(p, item, payload_text(item, "user_id"), detail);
}

int wacloud_on_user_id(struct wacloud_parse *p, const json_t *item)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", "user_id_update");
    const json_t *ids = json_object_get(item, "user_id"), *parents = json_object_get(item, "parent_user_id");
    struct text now = payload_text(ids, "current");

    wacloud_set(detail, "previous", payload_text(ids, "previous"));
    wacloud_set(detail, "current", now);
    wacloud_set(detail, "previous_parent", payload_text(parents, "previous"));
    wacloud_set(detail, "current_parent", payload_text(parents, "current"));
    return profile(p, item, now.len ? now : payload_text(item, "user_id"), detail);
}
