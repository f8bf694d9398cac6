/* Where a thread's episodes begin and what each adds up to. */
#include "domain/episode.h"

void episode_init(struct episode *e)
{
    *e = (struct episode) { .resolved_at = TIME_NONE,
                            .spam_at = TIME_NONE,
                            .first_at = TIME_NONE,
                            .last_at = TIME_NONE,
                            .last_in_at = TIME_NONE,
                            .is_backfill = true };
}

int strand_order(const struct strand_message *a, const struct strand_message *b)
{
    if (a->sent_at != b->sent_at)
        return a->sent_at < b->sent_at ? -1 : 1;
    size_t shorter = a->external_id.len < b->external_id.len ? a->external_id.len : b->external_id.len;
    int by_bytes = shorter ? memcmp(a->external_id.ptr, b->external_id.ptr, shorter) : 0;

    /* "chat/99" comes before "chat/100": ids that grow by counting grow in length too. */
    if (a->external_id.len != b->external_id.len)
        return a->external_id.len < b->external_id.len ? -1 : 1;
    return by_bytes < 0 ? -1 : by_bytes > 0;
}

bool strand_is_customer(const struct strand_message *m)
{
    return m->direction == DIRECTION_IN && m->sender_kind == SENDER_CUSTOMER && !m->is_post;
}

bool strand_is_human_reply(const struct strand_message *m)
{
    return m->direction == DIRECTION_OUT && m->sender_kind == SENDER_AGENT && !m->is_failed && !m->is_post &&
           m->deleted_at == TIME_NONE;
}

bool strand_is_system(const struct strand_message *m)
{
    return m->direction == DIRECTION_SYSTEM || m->sender_kind == SENDER_SYSTEM;
}

static bool is_by_person(const struct strand_message *m)
{
    return !strand_is_system(m) && m->sender_kind != SENDER_AUTO && !m->is_post;
}

bool episode_begins(const struct episode *e, const struct strand_message *m, int64_t gap_us)
{
    if (strand_is_system(m))
        return false;
    if (strand_is_customer(m) && e->resolved_at != TIME_NONE) {
        time_us known_at = m->is_backfill || m->received_at < m->sent_at ? m->sent_at : m->received_at;

        if (known_at > e->resolved_at)
            return true;
    }
    if (m->sent_at - e->last_at < gap_us)
        return false;
    bool answers =
        m->direction == DIRECTION_OUT && m->sender_kind == SENDER_AGENT && !m->is_post && e->turn_side == DIRECTION_IN;

    return !answers;
}

static void take_last(struct episode *e, const struct strand_message *m)
{
    e->last_at = m->sent_at;
    e->last_message = m->id;
    e->last_text = m->deleted_at == TIME_NONE ? m->text : (struct text) { NULL, 0 };
    e->last_side = m->direction;
}

void episode_take(struct episode *e, const struct strand_message *m)
{
    bool real = !strand_is_system(m);

    if (!e->message_count || m->sent_at < e->first_at)
        e->first_at = m->sent_at;
    /* A system line is the last thing said only where nothing else was. */
    if (real || !e->has_real)
        take_last(e, m);
    e->message_count++;
    e->is_backfill = e->is_backfill && m->is_backfill;
    if (!real)
        return;
    e->has_real = true;
    if (m->direction == DIRECTION_IN)
        e->last_in_at = m->sent_at;
    if (is_by_person(m)) {
        e->turn_side = m->direction;
        if (!e->started_by)
            e->started_by = m->direction;
    }
    if (strand_is_human_reply(m))
        e->has_human_reply = true;
}
