/* Makes events and looks at what became of them; shared by the tests of ingest, import and erase. */
#ifndef TANGGAP_TESTS_INGEST_KIT_H
#define TANGGAP_TESTS_INGEST_KIT_H

#include "domain/ingest.h"
#include "harness.h"

#define HOUR   (3600 * US_PER_S)
#define MINUTE (60 * US_PER_S)

/* 2026-11-09T02:00:00Z, a Monday morning in Jakarta. */
static inline time_us kit_time(int64_t after)
{
    return civil_to_days(2026, 11, 9) * 24 * HOUR + 2 * HOUR + after;
}

static inline struct event kit_event(enum event_kind kind, const char *thread, const char *id, time_us at)
{
    struct event ev;

    event_init(&ev);
    ev.kind = kind;
    ev.platform = PLATFORM_TELEGRAM;
    ev.channel = TEXT("bot");
    ev.id = text_of(id);
    ev.thread = (struct event_thread) { .type = THREAD_DIRECT, .present = true, .id = text_of(thread) };
    ev.sent_at = at;
    return ev;
}

static inline struct event kit_in(const char *thread, const char *id, time_us at, const char *words)
{
    struct event ev = kit_event(EVENT_MESSAGE, thread, id, at);

    ev.direction = DIRECTION_IN;
    ev.sender_kind = SENDER_CUSTOMER;
    ev.author.id = text_of(thread);
    ev.author.name = TEXT("Bu Ratna");
    ev.text = text_of(words);
    return ev;
}

static inline struct event kit_out(const char *thread, const char *id, time_us at, const char *words)
{
    struct event ev = kit_event(EVENT_MESSAGE, thread, id, at);

    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.device = DEVICE_NATIVE;
    ev.text = text_of(words);
    return ev;
}

static inline struct event kit_about(enum event_kind kind, const char *thread, const char *target, time_us at)
{
    struct event ev = kit_event(kind, thread, "", at);

    ev.target = text_of(target);
    return ev;
}

struct kit {
    struct harness *h;
    struct ctx *c;
    int64_t business, channel;
    struct ingest_result result;
    const struct ingest_item *items;
    size_t count;
};

static inline int kit_tx(struct ctx *c, void *arg)
{
    struct kit *k = arg;

    k->result = (struct ingest_result) { 0 };
    return ingest_lock(c) || ingest_events(c, k->items, k->count, &k->result) ? -1 : 0;
}

static inline void kit_open(struct kit *k, struct harness *h)
{
    *k = (struct kit) { .h = h, .c = &h->work };
    k->business = harness_business(h, "Toko Ratna");
    k->channel = harness_channel(h, k->business, "bot");
}

static inline void kit_ingest(struct kit *k, const struct ingest_item *items, size_t count)
{
    k->items = items;
    k->count = count;
    db_enter_business(k->c, k->business);
    assert_ok(k->c, db_tx(k->c, kit_tx, k));
    db_leave(k->c);
    arena_reset(k->c->mem);
}

static inline struct ingest_item kit_item(const struct kit *k, struct event ev)
{
    return (struct ingest_item) { .event = ev, .channel_id = k->channel, .received_at = ev.sent_at };
}

#define KIT_INGEST(k, ...)                                                                                             \
    do {                                                                                                               \
        const struct event events_[] = { __VA_ARGS__ };                                                                \
        struct ingest_item items_[COUNT_OF(events_)];                                                                  \
        for (size_t i_ = 0; i_ < COUNT_OF(events_); i_++)                                                              \
            items_[i_] = kit_item((k), events_[i_]);                                                                   \
        kit_ingest((k), items_, COUNT_OF(events_));                                                                    \
    } while (0)

/* Everything ingest may write, without the numbers of rows, which tell in which order things came. */
static const char kit_canonical[] =
    "WITH m AS (SELECT m.*, t.external_id AS thread, v.first_at AS episode FROM message m "
    " JOIN thread t USING (business_id) JOIN conversation v USING (business_id) "
    " WHERE m.business_id = $1 AND t.id = m.thread_id AND v.id = m.conversation_id), "
    "line AS (SELECT concat_ws('|', 'message', external_id, thread, episode, kind, direction, sender_kind, device, "
    "  delivery_state, version, reply_class, needs_reply, is_backfill, has_attachments, sent_at, edited_at, "
    "deleted_at, "
    "  person_id, text, reply_to, fail_text, entities, detail) AS l FROM m "
    "UNION ALL SELECT concat_ws('|', 'version', m.external_id, x.version, x.seen_at, x.text) "
    "  FROM message_version x JOIN m ON m.business_id = x.business_id AND m.id = x.message_id "
    "UNION ALL SELECT concat_ws('|', 'reaction', m.external_id, r.author_key, r.emoji, r.reacted_at) "
    "  FROM reaction r JOIN m ON m.business_id = r.business_id AND m.id = r.message_id "
    "UNION ALL SELECT concat_ws('|', 'attachment', m.external_id, a.position, a.type, a.state, a.ref, a.name) "
    "  FROM attachment a JOIN m ON m.business_id = a.business_id AND m.id = a.message_id "
    "UNION ALL SELECT concat_ws('|', 'conversation', t.external_id, v.status, v.is_head, v.is_touched, v.is_backfill, "
    "  v.first_at, v.last_at, v.started_by, v.wait_since, v.has_human_reply, v.follows_reply, v.message_count, "
    "  v.last_in_at, l.external_id, v.last_text, v.last_side, v.turn_side, (v.contact_id IS NULL)) "
    "  FROM conversation v JOIN thread t ON t.business_id = v.business_id AND t.id = v.thread_id "
    "  LEFT JOIN message l ON l.business_id = v.business_id AND l.id = v.last_message_id WHERE v.business_id = $1 "
    "UNION ALL SELECT concat_ws('|', 'wait', s.external_id, w.started_at, w.ended_at, e.external_id, w.agent_id, "
    "  w.end_kind, w.is_backfill, s.conversation_id = w.conversation_id) "
    "  FROM wait w JOIN message s ON s.business_id = w.business_id AND s.id = w.started_by "
    "  LEFT JOIN message e ON e.business_id = w.business_id AND e.id = w.ended_by WHERE w.business_id = $1 "
    "UNION ALL SELECT concat_ws('|', 'thread', t.external_id, t.type, i.external_id, t.peer_read_at) FROM thread t "
    "  LEFT JOIN identity i ON i.business_id = t.business_id AND i.contact_id = t.contact_id WHERE t.business_id = $1 "
    "UNION ALL SELECT concat_ws('|', 'identity', i.external_id, i.name, i.username, k.name) FROM identity i "
    "  JOIN contact k ON k.business_id = i.business_id AND k.id = i.contact_id WHERE i.business_id = $1 "
    "UNION ALL SELECT concat_ws('|', 'parked', p.target) FROM parked_event p WHERE p.business_id = $1) "
    "SELECT string_agg(l, E'\\n' ORDER BY l COLLATE \"C\") FROM line";

static inline char *kit_dump(struct kit *k)
{
    char business[24];
    const char *values[] = { business };

    snprintf(business, sizeof business, "%lld", (long long)k->business);
    PGresult *res = PQexecParams(k->h->super, kit_canonical, 1, (const Oid[]) { 20 }, values, NULL, NULL, 0);
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        print_error("%s\n", PQerrorMessage(k->h->super));
    assert_int_equal(PQresultStatus(res), PGRES_TUPLES_OK);
    char *dump = strdup(PQgetvalue(res, 0, 0));
    PQclear(res);
    return dump;
}

/* Prints the first line that differs. */
static inline void kit_assert_same(const char *want, const char *got)
{
    size_t line = 0;

    if (strcmp(want, got) == 0)
        return;
    for (size_t i = 0; want[i] == got[i]; i++)
        if (want[i] == '\n')
            line = i + 1;
    print_error("wanted: %.*s\n   got: %.*s\n", (int)strcspn(want + line, "\n"), want + line,
                (int)strcspn(got + line, "\n"), got + line);
    _fail(__FILE__, __LINE__);
}

#endif
