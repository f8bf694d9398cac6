/* The clocks of a thread: what starts a wait and what ends it. */
#include "domain/waits.h"

#include <assert.h>

/* A reply of ours may carry a time before the message it answers when two clocks disagree; more than this is no skew.
 */
#define SKEW_US (600 * US_PER_S)

void strand_init(struct strand *s, struct arena *mem, int64_t gap_us)
{
    *s = (struct strand) {
        .mem = mem, .gap_us = gap_us, .current = EPISODE_ELSEWHERE, .last_reply_at = TIME_NONE, .before_at = TIME_NONE
    };
}

static void *grown(struct arena *mem, void *old, size_t count, size_t *room, size_t item)
{
    if (count < *room)
        return old;
    *room = *room ? *room * 2 : 4;
    void *wider = arena_alloc(mem, arena_size_of_array(item, *room));

    if (count)
        memcpy(wider, old, count * item);
    return wider;
}

size_t strand_know(struct strand *s, const struct episode *e)
{
    s->episodes = grown(s->mem, s->episodes, s->episode_count, &s->episode_room, sizeof(*s->episodes));
    s->episodes[s->episode_count] = *e;
    return s->episode_count++;
}

void strand_know_wait(struct strand *s, const struct wait *w)
{
    s->waits = grown(s->mem, s->waits, s->wait_count, &s->wait_room, sizeof(*s->waits));
    s->waits[s->wait_count++] = *w;
}

static void end_wait(struct wait *w, enum wait_end end, time_us at)
{
    w->end = end;
    w->ended_at = at < w->started_at ? w->started_at : at;
    w->is_changed = true;
}

static void consider(enum wait_end end, time_us at, time_us floor, enum wait_end *best, time_us *best_at)
{
    if (at < floor)
        at = floor;
    if (*best == WAIT_OPEN || at < *best_at) {
        *best = end;
        *best_at = at;
    }
}

/* Ends w by what people did and what the customer took back before `until` (TIME_NONE: whenever). */
static void settle(const struct strand *s, struct wait *w, time_us until)
{
    enum wait_end best = WAIT_OPEN;
    time_us at = TIME_NONE;

    if (w->end != WAIT_OPEN)
        return;
    if (!w->has_live)
        consider(WAIT_WITHDRAWN, w->withdrawn_at, w->started_at, &best, &at);
    if (w->episode != EPISODE_ELSEWHERE) {
        const struct episode *e = &s->episodes[w->episode];

        if (e->is_spam)
            consider(WAIT_SPAM, e->spam_at, w->started_at, &best, &at);
        /* An act concerns only what its author could see. */
        for (size_t i = 0; i < e->dismissed_count; i++) {
            if (e->dismissed_at[i] >= w->seen_at) {
                consider(WAIT_DISMISSED, e->dismissed_at[i], w->started_at, &best, &at);
                break;
            }
        }
        if (e->resolved_at != TIME_NONE && e->resolved_at >= w->seen_at)
            consider(WAIT_CLOSED, e->resolved_at, w->started_at, &best, &at);
    }
    if (best != WAIT_OPEN && (until == TIME_NONE || at <= until))
        end_wait(w, best, at);
}

static void answer(struct wait *w, const struct strand_message *m)
{
    end_wait(w, WAIT_ANSWERED, m->sent_at);
    w->ended_by = m->id;
    w->agent_id = m->person_id;
    w->ended_in_history = m->is_backfill;
}

static void feed_reply(struct strand *s, const struct strand_message *m)
{
    for (size_t i = s->wait_open; i < s->wait_count; i++) {
        settle(s, &s->waits[i], m->sent_at);
        if (s->waits[i].end == WAIT_OPEN)
            answer(&s->waits[i], m);
    }
    s->wait_open = s->wait_count;
    if (m->device == DEVICE_PANEL) {
        s->last_reply_id = m->id;
        s->last_reply_person = m->person_id;
        s->last_reply_at = m->sent_at;
        s->last_reply_received_at = m->received_at;
        s->last_reply_backfill = m->is_backfill;
    }
}

static void add_waiting(struct wait *w, const struct strand_message *m)
{
    if (m->deleted_at == TIME_NONE)
        w->has_live = true;
    else if (w->withdrawn_at == TIME_NONE || m->deleted_at > w->withdrawn_at)
        w->withdrawn_at = m->deleted_at;
}

static void feed_needing(struct strand *s, const struct strand_message *m)
{
    for (size_t i = s->wait_count; i-- > s->wait_open;) {
        struct wait *w = &s->waits[i];

        if (w->end != WAIT_OPEN || w->episode != m->episode)
            continue;
        settle(s, w, m->sent_at);
        if (w->end == WAIT_OPEN) {
            add_waiting(w, m);
            return;
        }
    }
    struct wait fresh = { .episode = m->episode,
                          .conversation = s->episodes[m->episode].conversation,
                          .started_at = m->sent_at,
                          .seen_at = m->received_at,
                          .started_by = m->id,
                          .ended_at = TIME_NONE,
                          .is_backfill = m->is_backfill,
                          .is_changed = true,
                          .withdrawn_at = TIME_NONE };

    if (m->is_backfill)
        fresh.seen_at = m->sent_at;
    add_waiting(&fresh, m);
    if (s->last_reply_at != TIME_NONE && m->sent_at - s->last_reply_at <= SKEW_US &&
        s->last_reply_received_at >= m->received_at) {
        end_wait(&fresh, WAIT_ANSWERED, m->sent_at);
        fresh.ended_by = s->last_reply_id;
        fresh.agent_id = s->last_reply_person;
        fresh.ended_in_history = s->last_reply_backfill;
    }
    strand_know_wait(s, &fresh);
}

static size_t find_episode(const struct strand *s, int64_t conversation)
{
    if (s->current != EPISODE_ELSEWHERE && s->episodes[s->current].conversation == conversation)
        return s->current;
    for (size_t i = 0; i < s->episode_count; i++)
        if (s->episodes[i].conversation == conversation)
            return i;
    return EPISODE_ELSEWHERE;
}

/* A resolve within the gap cuts the episode, but "thanks" after it still answers our reply. */
static bool follows_reply(const struct strand *s, const struct strand_message *m)
{
    if (s->current == EPISODE_ELSEWHERE)
        return s->before_replied && s->before_at != TIME_NONE && m->sent_at - s->before_at < s->gap_us;
    const struct episode *before = &s->episodes[s->current];

    return m->sent_at - before->last_at < s->gap_us && (before->has_human_reply || before->follows_reply);
}

/* The row a message lies in goes to the first episode that has one of its messages. */
static int64_t free_home(const struct strand *s, const struct strand_message *m)
{
    return m->home && find_episode(s, m->home) == EPISODE_ELSEWHERE ? m->home : 0;
}

static size_t begin_episode(struct strand *s, const struct strand_message *m)
{
    struct episode fresh;

    episode_init(&fresh);
    fresh.follows_reply = follows_reply(s, m);
    fresh.conversation = free_home(s, m);
    return strand_know(s, &fresh);
}

/* Gives an untouched run the row and the acts of the touched episode that it turned out to be the beginning of. */
static void adopt(struct episode *run, struct episode *touched)
{
    run->conversation = touched->conversation;
    run->is_touched = true;
    run->is_spam = touched->is_spam;
    run->is_snoozed = touched->is_snoozed;
    run->resolved_at = touched->resolved_at;
    run->spam_at = touched->spam_at;
    run->dismissed_at = touched->dismissed_at;
    run->dismissed_count = touched->dismissed_count;
    touched->conversation = 0;
}

static size_t place_pinned(struct strand *s, const struct strand_message *m)
{
    size_t own = find_episode(s, m->home);

    assert(own != EPISODE_ELSEWHERE);
    struct episode *e = &s->episodes[own];

    if (s->current == own || e->message_count)
        return own;
    if (s->current == EPISODE_ELSEWHERE) {
        e->follows_reply = follows_reply(s, m);
        return own;
    }
    struct episode *now = &s->episodes[s->current];

    if (!now->is_touched && !episode_begins(now, m, s->gap_us)) {
        adopt(now, e);
        return s->current;
    }
    e->follows_reply = follows_reply(s, m);
    return own;
}

static size_t place(struct strand *s, const struct strand_message *m)
{
    if (m->is_pinned)
        return place_pinned(s, m);
    if (s->current == EPISODE_ELSEWHERE || episode_begins(&s->episodes[s->current], m, s->gap_us))
        return begin_episode(s, m);
    struct episode *e = &s->episodes[s->current];

    if (!e->conversation)
        e->conversation = free_home(s, m);
    return s->current;
}

void strand_feed(struct strand *s, struct strand_message *m)
{
    m->episode = place(s, m);
    /* A system line kept by an older episode does not bring that one back. */
    if (s->current == EPISODE_ELSEWHERE || !strand_is_system(m) || !s->episodes[m->episode].message_count)
        s->current = m->episode;
    struct episode *e = &s->episodes[m->episode];

    m->needs_reply =
        strand_is_customer(m) &&
        (m->reply_class == REPLY_NEEDED || (m->reply_class == REPLY_ACK && !e->has_human_reply && !e->follows_reply));
    episode_take(e, m);
    if (strand_is_human_reply(m))
        feed_reply(s, m);
    else if (m->needs_reply)
        feed_needing(s, m);
}

void strand_finish(struct strand *s)
{
    for (size_t i = 0; i < s->wait_count; i++) {
        struct wait *w = &s->waits[i];

        settle(s, w, TIME_NONE);
        if (w->episode != EPISODE_ELSEWHERE)
            w->conversation = s->episodes[w->episode].conversation;
    }
}

time_us strand_wait_since(const struct strand *s)
{
    time_us oldest = TIME_NONE;

    for (size_t i = 0; i < s->wait_count; i++) {
        const struct wait *w = &s->waits[i];

        if (w->end == WAIT_OPEN && (oldest == TIME_NONE || w->started_at < oldest))
            oldest = w->started_at;
    }
    return oldest;
}
