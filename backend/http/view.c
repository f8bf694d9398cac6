/* Rows into JSON. */
#include "http/view.h"

#include "http/permission.h"
#include "platform/connector.h"
#include "platform/window.h"
#include "util/str.h"

static const char *word_of(const char *const *words, size_t count, int n)
{
    return n >= 0 && (size_t)n < count ? words[n] : "";
}
#define WORD(words, n) word_of((words), COUNT_OF(words), (n))

static const char *const statuses[] = { "open", "snoozed", "resolved", "spam" };
static const char *const sides[] = { "", "in", "out", "system" };

void jo_id_or_null(struct json_out *j, int64_t id)
{
    if (id)
        jo_id(j, id);
    else
        jo_null(j);
}

void view_window(struct json_out *j, int16_t platform, int16_t type, time_us last_in)
{
    static const char *const states[] = { "closed", "late", "open" };
    const struct connector *con = connector_for((enum platform)platform);
    struct reply_window w;
    enum send_as as = SEND_PLAIN;
    bool may;

    jo_key(j, "window");
    reply_window_of(con, (enum thread_type)type, last_in, &w);
    if (!w.is_limited) {
        jo_null(j);
        return;
    }
    may = reply_window_allows(&w, clock_now(), &as);
    jo_object(j);
    jo_kv(j, "state", jo_str, states[may ? as == SEND_PLAIN ? 2 : 1 : 0]);
    jo_kv(j, "closes_at", jo_time, w.closes_at);
    jo_kv(j, "late_closes_at", jo_time, w.late_closes_at);
    jo_kv(j, "then", jo_str, w.then);
    jo_end_object(j);
}

void view_inbox_members(struct json_out *j, const struct inbox_row *r)
{
    jo_kv(j, "id", jo_id, r->id);
    jo_kv(j, "thread", jo_id, r->thread);
    jo_kv(j, "type", jo_str, thread_type_word((enum thread_type)r->type));
    jo_kv(j, "channel", jo_id, r->channel);
    jo_kv(j, "platform", jo_str, platform_word((enum platform)r->platform));
    jo_kv(j, "name", jo_text, r->name.ptr ? r->name : TEXT(""));
    jo_kv(j, "contact", jo_id_or_null, r->contact);
    jo_kv(j, "preview", jo_text, r->preview.ptr ? r->preview : TEXT(""));
    jo_kv(j, "preview_side", jo_str, WORD(sides, r->last_side));
    jo_kv(j, "last_at", jo_time, r->last_at);
    jo_kv(j, "wait_since", jo_time, r->wait_since);
    jo_kv(j, "status", jo_str, WORD(statuses, r->status));
    jo_kv(j, "assignee", jo_id_or_null, r->assignee);
    jo_kv(j, "unread", jo_bool, r->unread);
    jo_kv(j, "is_backfill", jo_bool, r->is_backfill);
    jo_kv(j, "first_at", jo_time, r->first_at);
    view_window(j, r->platform, r->type, r->last_in_at);
}

void view_inbox_row(struct json_out *j, const struct inbox_row *r)
{
    jo_object(j);
    view_inbox_members(j, r);
    jo_end_object(j);
}

void view_episode(struct json_out *j, const struct episode *e)
{
    jo_object(j);
    jo_kv(j, "id", jo_id, e->id);
    jo_kv(j, "first_at", jo_time, e->first_at);
    jo_kv(j, "last_at", jo_time, e->last_at);
    jo_kv(j, "status", jo_str, WORD(statuses, e->status));
    jo_kv(j, "resolved_at", jo_time, e->resolved_at);
    jo_kv(j, "resolved_by", jo_text, e->resolved_by);
    jo_end_object(j);
}

static void name_object(struct json_out *j, const char *key, int64_t id, struct text name)
{
    jo_key(j, key);
    if (!id) {
        jo_null(j);
        return;
    }
    jo_object(j);
    jo_kv(j, "id", jo_id, id);
    jo_kv(j, "name", jo_text, name.ptr ? name : TEXT(""));
    jo_end_object(j);
}

static void reply_to(struct json_out *j, const struct message_view *m)
{
    jo_key(j, "reply_to");
    if (!m->has_reply_to) {
        jo_null(j);
        return;
    }
    jo_object(j);
    jo_kv(j, "id", jo_id_or_null, m->reply_to);
    jo_kv(j, "text", jo_text, m->reply_text);
    jo_kv(j, "name", jo_text, m->reply_name);
    jo_end_object(j);
}

void view_message(struct json_out *j, const struct message_view *m)
{
    static const char *const kinds[] = { "message", "unsupported", "system", "post" };
    static const char *const deliveries[] = { "none", "sent", "delivered", "read", "failed", "by_hand" };

    jo_object(j);
    jo_kv(j, "id", jo_id, m->id);
    jo_kv(j, "external_id", jo_text, m->external_id);
    jo_kv(j, "conversation", jo_id, m->conversation);
    jo_kv(j, "direction", jo_str, direction_word((enum direction)m->direction));
    jo_kv(j, "sender_kind", jo_str, sender_kind_word((enum sender_kind)m->sender_kind));
    jo_kv(j, "device", jo_str, device_word((enum device)m->device));
    jo_kv(j, "kind", jo_str, WORD(kinds, m->kind));
    name_object(j, "author", m->identity, m->author_name);
    name_object(j, "person", m->person, m->person_name);
    jo_kv(j, "sent_at", jo_time, m->sent_at);
    jo_kv(j, "text", jo_text, m->text);
    if (m->entities.ptr)
        jo_kv(j, "entities", jo_raw, m->entities);
    jo_kv(j, "edited_at", jo_time, m->edited_at);
    jo_kv(j, "deleted_at", jo_time, m->deleted_at);
    jo_kv(j, "version", jo_i64, m->version);
    reply_to(j, m);
    jo_kv(j, "delivery", jo_str, WORD(deliveries, m->delivery));
    jo_kv(j, "fail_text", jo_text, m->fail_text);
    jo_kv(j, "attachments", jo_raw, m->attachments.ptr ? m->attachments : TEXT("[]"));
    jo_kv(j, "reactions", jo_raw, m->reactions.ptr ? m->reactions : TEXT("[]"));
    if (m->detail.ptr)
        jo_kv(j, "detail", jo_raw, m->detail);
    jo_kv(j, "is_backfill", jo_bool, m->is_backfill);
    jo_kv(j, "moderation", jo_raw, m->moderation.ptr ? m->moderation : TEXT("null"));
    jo_end_object(j);
}

void view_outbox_members(struct json_out *j, const struct outbox_view *o)
{
    static const char *const states[] = { "queued", "sending", "sent", "refused", "undecided", "cancelled" };

    jo_kv(j, "id", jo_id, o->id);
    jo_kv(j, "state", jo_str, WORD(states, o->state));
    jo_kv(j, "text", jo_text, o->text);
    name_object(j, "person", o->person, o->person_name);
    jo_kv(j, "created_at", jo_time, o->created_at);
    jo_kv(j, "attempts", jo_i64, o->attempts);
    jo_kv(j, "next_try", jo_time, o->next_try);
    jo_kv(j, "fail_code", jo_text, o->fail_code);
    jo_kv(j, "fail_text", jo_text, o->fail_text);
    jo_kv(j, "file_name", jo_text, o->file_name);
}

void view_activity(struct json_out *j, const struct activity_view *a)
{
    static const char *const kinds[] = { "", "resolved", "reopened", "assigned", "no_reply", "spam", "not_spam",
                                         "moderated", "merged", "split" };

    jo_object(j);
    jo_kv(j, "id", jo_id, a->id);
    jo_kv(j, "kind", jo_str, WORD(kinds, a->kind));
    jo_kv(j, "person", jo_text, a->person);
    jo_kv(j, "at", jo_time, a->at);
    jo_kv(j, "conversation", jo_id, a->conversation);
    jo_kv(j, "detail", jo_raw, a->detail.ptr ? a->detail : TEXT("{}"));
    jo_end_object(j);
}

void view_contact_members(struct json_out *j, const struct contact_view *c)
{
    jo_kv(j, "id", jo_id, c->id);
    jo_kv(j, "name", jo_text, c->name);
    jo_kv(j, "identities", jo_raw, c->identities.ptr ? c->identities : TEXT("[]"));
    jo_kv(j, "since", jo_time, c->since);
    jo_kv(j, "last_at", jo_time, c->last_at);
}

static void write_health(struct json_out *j, const struct channel_health *h)
{
    static const char *const pasts[] = { "none", "reading", "done", "given_up" };

    jo_key(j, "health");
    jo_object(j);
    jo_kv(j, "warning", jo_text, h->warning);
    jo_key(j, "usual_gap_s");
    if (h->usual_gap_s)
        jo_i64(j, h->usual_gap_s);
    else
        jo_null(j);
    jo_kv(j, "expires_at", jo_time, h->expires_at);
    jo_kv(j, "sends_waiting", jo_i64, h->sends_waiting);
    jo_kv(j, "gaps", jo_raw, h->gaps.ptr ? h->gaps : TEXT("[]"));
    jo_kv(j, "backfill", jo_str, WORD(pasts, h->backfill_state));
    jo_kv(j, "backfill_count", jo_i64, h->backfill_count);
    jo_end_object(j);
}

void view_channel(struct json_out *j, const struct channel_view *ch, const char *public_url)
{
    static const char *const transports[] = { "file", "poll", "hook" };
    static const char *const states[] = { "healthy", "quiet", "broken", "paused", "checking" };

    jo_object(j);
    jo_kv(j, "id", jo_id, ch->id);
    jo_kv(j, "platform", jo_str, platform_word((enum platform)ch->platform));
    jo_kv(j, "name", jo_text, ch->name);
    jo_kv(j, "external_id", jo_text, ch->external_id);
    jo_kv(j, "transport", jo_str, WORD(transports, ch->transport));
    jo_kv(j, "status", jo_str, WORD(states, ch->status));
    jo_kv(j, "status_code", jo_text, ch->status_code);
    jo_kv(j, "status_since", jo_time, ch->status_since);
    jo_kv(j, "last_event_at", jo_time, ch->last_event_at);
    jo_kv(j, "last_ok_at", jo_time, ch->last_ok_at);
    jo_kv(j, "messages_24h", jo_i64, ch->messages_24h);
    jo_kv(j, "facts", jo_raw, ch->facts.ptr ? ch->facts : TEXT("{}"));
    write_health(j, &ch->health);
    if (ch->hook_key.ptr) {
        struct buf url = BUF_INIT(2048);

        buf_printf(&url, "%s/hooks/%s/%.*s", public_url, platform_word((enum platform)ch->platform),
                   (int)ch->hook_key.len, ch->hook_key.ptr);
        jo_kv(j, "hook_url", jo_text, buf_as_text(&url));
        if (ch->verify_token.len)
            jo_kv(j, "verify_token", jo_text, ch->verify_token);
        jo_kv(j, "hook_looked_at", jo_time, ch->hook_looked_at);
        buf_fini(&url);
    }
    jo_end_object(j);
}

void view_archive(struct json_out *j, const struct archive_view *a)
{
    static const char *const states[] = { "uploading", "queued", "reading", "merging", "done", "failed", "question",
                                         "undoing", "undone" };

    jo_object(j);
    jo_kv(j, "id", jo_id, a->id);
    jo_kv(j, "file_name", jo_text, a->file_name);
    jo_kv(j, "size", jo_i64, a->size);
    jo_kv(j, "received", jo_i64, a->received);
    jo_kv(j, "format", jo_text, a->format);
    jo_kv(j, "state", jo_str, WORD(states, a->state));
    jo_kv(j, "options", jo_raw, a->options);
    jo_kv(j, "progress", jo_raw, a->progress);
    jo_kv(j, "summary", jo_raw, a->summary);
    jo_key(j, "error");
    if (a->error.ptr)
        jo_raw(j, a->error);
    else
        jo_null(j);
    jo_kv(j, "channel", jo_id_or_null, a->channel);
    jo_kv(j, "created_at", jo_time, a->created_at);
    jo_kv(j, "done_at", jo_time, a->done_at);
    jo_end_object(j);
}

void view_colleague(struct json_out *j, const struct colleague *p)
{
    jo_object(j);
    jo_kv(j, "id", jo_id, p->id);
    jo_kv(j, "name", jo_text, p->name);
    jo_kv(j, "email", jo_text, p->email);
    jo_kv(j, "role", jo_str, role_word((enum role)p->role));
    jo_kv(j, "disabled", jo_bool, p->disabled);
    jo_kv(j, "last_seen", jo_time, p->last_seen);
    jo_end_object(j);
}
