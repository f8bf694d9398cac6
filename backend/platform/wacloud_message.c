/* One element of messages, message_echoes, history or statuses into its event. */
#include "wacloud_priv.h"

#include "util/str.h"

/* ---- who and where ---- */

static struct text username_of(struct text written)
{
    return written.len && written.ptr[0] == '@' ? (struct text){ written.ptr + 1, written.len - 1 } : written;
}

/* By number or business-scoped id, never by its place in the list. Nobody named: the only one there is. */
static const json_t *contact_of(struct wacloud_parse *p, struct text number, struct text user_id)
{
    size_t count = json_array_size(p->contacts);

    for (size_t i = 0; i < count; i++) {
        const json_t *contact = json_array_get(p->contacts, i);

        if ((number.len && text_equal(p->contact_numbers[i], number)) ||
            (user_id.len && text_equal(payload_text(contact, "user_id"), user_id)) ||
            (user_id.len && text_equal(payload_id(p->mem, contact, "wa_id"), user_id)))
            return contact;
    }
    return count == 1 && !number.len && !user_id.len ? json_array_get(p->contacts, 0) : NULL;
}

struct wacloud_person wacloud_person(struct wacloud_parse *p, struct text number, struct text user_id,
                                     struct text parent_user_id)
{
    struct text digits = wacloud_number(p->mem, number);
    struct wacloud_person who = { .user_id = user_id, .parent_user_id = parent_user_id };
    const json_t *contact, *profile;

    if (number.len && !digits.len && !user_id.len)
        who.user_id = number;                    /* a business-scoped id where a number used to be */
    contact = contact_of(p, digits, who.user_id);
    profile = json_object_get(contact, "profile");
    if (!contact && json_array_size(p->contacts) == 1 && !p->is_echo && !p->is_history)
        profile = json_object_get(json_array_get(p->contacts, 0), "profile");     /* another spelling of the number */
    if (!digits.len)
        digits = wacloud_number(p->mem, payload_id(p->mem, contact, "wa_id"));
    if (!who.user_id.len)
        who.user_id = payload_text(contact, "user_id");
    if (!who.parent_user_id.len)
        who.parent_user_id = payload_text(contact, "parent_user_id");
    who.author = (struct event_author){
        .id = digits.len ? digits : who.user_id,
        .name = payload_text(profile, "name"),
        .username = username_of(payload_text(profile, "username")),
        .phone = digits,
    };
    if (!who.author.id.len)
        who.author.id = payload_id(p->mem, contact, "wa_id");
    return who;
}

struct event_thread wacloud_thread(const struct wacloud_person *who, struct text group)
{
    if (group.len)
        return (struct event_thread){ .type = THREAD_GROUP, .present = true, .id = group };
    return (struct event_thread){
        .type = THREAD_DIRECT,
        .present = true,
        .id = who->author.id.len ? who->author.id : TEXT("unknown"),
    };
}

static bool is_ours(struct wacloud_parse *p, const json_t *m)
{
    struct text from = wacloud_number(p->mem, payload_id(p->mem, m, "from"));

    if (p->is_echo)
        return true;
    if (!p->is_history || !from.len)
        return false;
    if (p->number.len)
        return text_equal(from, p->number);
    return p->strand.len ? !text_equal(from, p->strand) : payload_id(p->mem, m, "to").len > 0;
}

static void set_sides(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    bool ours = is_ours(p, m);
    struct text number = payload_id(p->mem, m, ours ? "to" : "from");
    struct text user_id = payload_id(p->mem, m, ours ? "to_user_id" : "from_user_id");
    struct wacloud_person who;

    if (!number.len && !user_id.len)
        number = p->strand;
    who = wacloud_person(p, number, user_id, payload_text(m, ours ? "to_parent_user_id" : "from_parent_user_id"));
    ev->thread = wacloud_thread(&who, payload_id(p->mem, m, "group_id"));
    ev->direction = ours ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = ours ? SENDER_AGENT : SENDER_CUSTOMER;
    ev->device = ours ? DEVICE_NATIVE : DEVICE_UNKNOWN;
    if (ours)
        ev->author = (struct event_author){ .id = p->number, .phone = p->number };
    else
        ev->author = who.author;
    if (who.user_id.len && !text_equal(who.user_id, who.author.id))
        wacloud_set(detail, "user_id", who.user_id);
    wacloud_set(detail, "parent_user_id", who.parent_user_id);
}

static void set_context(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *context = json_object_get(m, "context"), *product = json_object_get(context, "referred_product");
    const json_t *referral = json_object_get(m, "referral"), *past = json_object_get(m, "history_context");

    ev->reply_to = payload_id(p->mem, context, "id");
    if (!ev->reply_to.len)
        ev->reply_to = payload_id(p->mem, context, "message_id");
    if (payload_true(context, "forwarded") || payload_true(context, "frequently_forwarded"))
        json_object_set_new(detail, "forwarded", json_string(""));
    if (payload_true(context, "frequently_forwarded"))
        json_object_set_new(detail, "forwarded_often", json_true());
    if (json_is_object(product))
        json_object_set(detail, "product", (json_t *)(uintptr_t)product);
    if (json_is_object(referral))
        json_object_set(detail, "referral", (json_t *)(uintptr_t)referral);
    if (p->is_history)
        json_object_set_new(detail, "history", json_true());
    if (p->phase)
        json_object_set(detail, "phase", (json_t *)(uintptr_t)p->phase);
    wacloud_set(detail, "history_status", payload_text(past, "status"));
    wacloud_set(detail, "origin", payload_text(m, "origin"));
}

/* ---- what a message may be ---- */

static void say_content(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    struct text type = WACLOUD_NONE;

    if (wacloud_content(p->mem, m, ev, detail, &type))
        return;
    ev->kind = EVENT_UNSUPPORTED;
    json_object_set_new(detail, "type", json_stringn(type.ptr, type.len));
}

/* An element that changes another but does not say which keeps its words as something we do not know. */
static void say_aimless(struct wacloud_parse *p, struct event *ev, json_t *detail, const char *type, const json_t *value)
{
    ev->kind = EVENT_UNSUPPORTED;
    ev->text = payload_words(p->mem, value);
    json_object_set_new(detail, "type", json_string(type));
}

static void say_reaction(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *reaction = json_object_get(m, "reaction");
    struct text emoji = payload_text(reaction, "emoji");

    ev->target = payload_id(p->mem, reaction, "message_id");
    if (!ev->target.len)
        ev->target = ev->reply_to;
    ev->reply_to = WACLOUD_NONE;
    if (!ev->target.len) {
        say_aimless(p, ev, detail, "reaction", reaction);
        return;
    }
    ev->kind = EVENT_REACTION;
    ev->text = emoji.len ? emoji : TEXT("");
}

static void say_edit(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *edit = json_object_get(m, "edit"), *now = json_object_get(edit, "message");
    struct text type = WACLOUD_NONE;

    ev->target = payload_id(p->mem, edit, "original_message_id");
    if (!ev->target.len)
        ev->target = payload_id(p->mem, edit, "message_id");
    if (!json_is_object(now))
        now = edit;
    if (!ev->target.len) {
        say_aimless(p, ev, detail, "edit", edit);
        return;
    }
    ev->kind = EVENT_EDIT;
    if (!wacloud_content(p->mem, now, ev, detail, &type))
        wacloud_set(detail, "type", type);
}

static void say_revoke(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *revoke = json_object_get(m, "revoke");

    ev->target = payload_id(p->mem, revoke, "original_message_id");
    if (!ev->target.len)
        ev->target = payload_id(p->mem, revoke, "message_id");
    if (ev->target.len)
        ev->kind = EVENT_DELETE;
    else
        say_aimless(p, ev, detail, "revoke", revoke);
}

/* Lines that nobody wrote: a changed number, a changed phone. The number that was stands in from, the new one in to. */
static void say_system(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *system = json_object_get(m, "system"), *identity = json_object_get(m, "identity");
    struct text type = payload_text(system, "type"), now = payload_id(p->mem, system, "wa_id");
    struct text was = ev->author.phone;

    if (!now.len)
        now = payload_id(p->mem, system, "new_wa_id");
    if (!was.len)
        was = wacloud_number(p->mem, payload_id(p->mem, system, "customer"));
    if (!now.len)
        now = payload_text(system, "user_id");
    if (text_equal(ev->thread.id, TEXT("unknown")) && (was.len || now.len))
        ev->thread.id = was.len ? was : now;
    ev->direction = DIRECTION_SYSTEM;
    ev->sender_kind = SENDER_SYSTEM;
    ev->device = DEVICE_UNKNOWN;
    ev->text = payload_text(system, "body");
    json_object_set_new(detail, "notice",
                        type.len  ? json_stringn(type.ptr, type.len)
                        : now.len ? json_string("user_changed_number")
                                  : json_string("system"));
    if (now.len && !text_equal(now, was)) {
        wacloud_set(detail, "from", was);
        wacloud_set(detail, "to", now);
    }
    wacloud_set(detail, "new_user_id", payload_text(system, "user_id"));
    wacloud_set(detail, "new_parent_user_id", payload_text(system, "parent_user_id"));
    if (json_is_object(identity))
        json_object_set(detail, "identity", (json_t *)(uintptr_t)identity);
}

static void say(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail)
{
    static const struct {
        const char *type;
        void (*say)(struct wacloud_parse *p, const json_t *m, struct event *ev, json_t *detail);
    } kinds[] = {
        { "reaction", say_reaction },
        { "edit", say_edit },
        { "revoke", say_revoke },
        { "system", say_system },
    };
    struct text type = payload_text(m, "type");

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equal(type, text_of(kinds[i].type)) || (!type.len && json_object_get(m, kinds[i].type))) {
            wacloud_take_errors(p->mem, json_object_get(m, "errors"), detail);
            kinds[i].say(p, m, ev, detail);
            return;
        }
    say_content(p, m, ev, detail);
}

/* What became of a message that the history tells; only our own have a fate. */
static int tell_fate(struct wacloud_parse *p, const json_t *m, const struct event *ev)
{
    static const struct {
        struct text theirs;
        const char *ours;
    } words[] = {
        { TEXT_INIT("SENT"), "sent" },   { TEXT_INIT("DELIVERED"), "delivered" }, { TEXT_INIT("READ"), "read" },
        { TEXT_INIT("PLAYED"), "read" }, { TEXT_INIT("ERROR"), "failed" },
    };
    struct text word = payload_text(json_object_get(m, "history_context"), "status");

    if (ev->direction != DIRECTION_OUT || (ev->kind != EVENT_MESSAGE && ev->kind != EVENT_UNSUPPORTED))
        return 0;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_equal_nocase(word, words[i].theirs)) {
            AUTO(json) json_t *detail = json_pack("{s:s,s:b}", "status", words[i].ours, "history", 1);
            struct event status;

            event_init(&status);
            status.kind = EVENT_STATUS;
            status.target = ev->id;
            status.sent_at = ev->sent_at;
            status.id = wacloud_joined(p->mem, ev->id, "#", text_of(words[i].ours));
            return wacloud_emit(p, &status, detail);
        }
    return 0;
}

int wacloud_on_message(struct wacloud_parse *p, const json_t *m)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.id = payload_id(p->mem, m, "id");
    if (!ev.id.len)
        ev.id = wacloud_digest(p->mem, TEXT("message"), m, NULL);
    ev.sent_at = TIME_NONE;
    (void)meta_moment(m, "timestamp", &ev.sent_at);
    set_sides(p, m, &ev, detail);
    set_context(p, m, &ev, detail);
    say(p, m, &ev, detail);
    if (wacloud_emit(p, &ev, detail))
        return -1;
    return tell_fate(p, m, &ev);
}

/* ---- statuses ---- */

static void set_fate(struct wacloud_parse *p, const json_t *s, struct text word, json_t *detail)
{
    bool was_played = text_equal(word, TEXT("played"));      /* a voice note: nobody hears what they have not opened */
    static const char *const raw[] = { "conversation", "pricing" };

    json_object_set_new(detail, "status", was_played ? json_string("read") : json_stringn(word.ptr, word.len));
    if (was_played)
        json_object_set_new(detail, "played", json_true());
    wacloud_take_errors(p->mem, json_object_get(s, "errors"), detail);
    wacloud_set(detail, "callback", payload_text(s, "biz_opaque_callback_data"));
    wacloud_set(detail, "recipient", payload_id(p->mem, s, "recipient_id"));
    wacloud_set(detail, "user_id", payload_text(s, "recipient_user_id"));
    wacloud_set(detail, "participant", payload_id(p->mem, s, "recipient_participant_id"));
    wacloud_set(detail, "participant_user_id", payload_text(s, "recipient_participant_user_id"));
    for (size_t i = 0; i < COUNT_OF(raw); i++)
        if (json_is_object(json_object_get(s, raw[i])))
            json_object_set(detail, raw[i], json_object_get(s, raw[i]));
}

int wacloud_on_status(struct wacloud_parse *p, const json_t *s)
{
    AUTO(json) json_t *detail = json_object();
    struct text word = payload_text(s, "status"), participant = payload_id(p->mem, s, "recipient_participant_id");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_STATUS;
    ev.target = payload_id(p->mem, s, "id");
    ev.sent_at = TIME_NONE;
    (void)meta_moment(s, "timestamp", &ev.sent_at);
    if (!participant.len)
        participant = payload_text(s, "recipient_participant_user_id");
    if (!ev.target.len || !word.len)
        return wacloud_unsupported(p, TEXT("statuses"), s);
    ev.id = wacloud_joined(p->mem, ev.target, "#", word);
    if (participant.len)
        ev.id = wacloud_joined(p->mem, ev.id, "#", participant);
    set_fate(p, s, word, detail);
    return wacloud_emit(p, &ev, detail);
}

int wacloud_on_call(struct wacloud_parse *p, const json_t *call)
{
    AUTO(json) json_t *detail = json_object();
    bool ours = text_equal(payload_text(call, "direction"), TEXT("BUSINESS_INITIATED"));
    struct text id = payload_id(p->mem, call, "id"), what = payload_text(call, "event");
    struct wacloud_person who = wacloud_person(p, payload_id(p->mem, call, ours ? "to" : "from"),
                                               payload_text(call, ours ? "to_user_id" : "from_user_id"), WACLOUD_NONE);
    struct event ev;

    if (!what.len)
        what = payload_text(call, "status");
    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.id = id.len ? wacloud_joined(p->mem, id, "#", what) : wacloud_digest(p->mem, TEXT("call"), call, NULL);
    ev.sent_at = TIME_NONE;
    (void)meta_moment(call, "timestamp", &ev.sent_at);
    ev.thread = wacloud_thread(&who, WACLOUD_NONE);
    ev.direction = ours ? DIRECTION_OUT : DIRECTION_IN;
    ev.sender_kind = ours ? SENDER_AGENT : SENDER_CUSTOMER;
    if (!ours)
        ev.author = who.author;
    json_object_set_new(detail, "type", json_string("call"));
    wacloud_set(detail, "call", what);
    json_object_set(detail, "value", (json_t *)(uintptr_t)call);
    return wacloud_emit(p, &ev, detail);
}
