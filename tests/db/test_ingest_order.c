/* Whatever the order, the batches and the repetitions: the same events give the same rows. */
#include "ingest_kit.h"

#include "util/crypto.h"

#define EVENTS_MAX 400

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t sides)
{
    d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(d->state >> 33) % sides;
}

static const char *const words[] = {
    "halo kak, ready?",
    "P",
    "makasih kak",
    "ok",
    "pesanan saya belum sampai",
    "siap",
    "berapa harganya",
    "🙏",
    "",
    "kak?",
};

struct deck {
    struct arena *mem;
    struct event all[EVENTS_MAX];
    size_t count;
};

static const char *name(struct deck *d, const char *thread, uint32_t n)
{
    return arena_printf(d->mem, "%s/%u", thread, n);
}

static time_us some_time(struct dice *dice)
{
    /* A second's grain, so that ties happen; ten days, so that silence does. */
    return kit_time((int64_t)roll(dice, 10 * 24) * HOUR + (int64_t)roll(dice, 40) * US_PER_S);
}

static void add_change(struct deck *d, struct dice *dice, const char *thread, const char *target, time_us after)
{
    time_us at = after + (int64_t)roll(dice, 30 * 3600) * US_PER_S;
    struct event ev = kit_about(EVENT_EDIT, thread, target, at);

    switch (roll(dice, 6)) {
    case 0:
        ev.kind = EVENT_DELETE;
        break;
    case 1:
        ev.kind = EVENT_REACTION;
        ev.direction = DIRECTION_IN;
        ev.author.id = text_of(thread);
        ev.text = roll(dice, 3) ? TEXT("👍") : TEXT("");
        break;
    case 2:
        ev.kind = EVENT_STATUS;
        ev.detail = text_of((const char *const[]) { "{\"status\":\"sent\"}", "{\"status\":\"delivered\"}",
                                                    "{\"status\":\"read\"}",
                                                    "{\"status\":\"failed\",\"error\":\"gone\"}" }[roll(dice, 4)]);
        break;
    case 3:
        ev.kind = EVENT_READ;
        break;
    default:
        ev.text = text_of(arena_printf(d->mem, "%s (%u)", words[roll(dice, COUNT_OF(words))], roll(dice, 1000)));
        break;
    }
    d->all[d->count++] = ev;
}

static void deal(struct deck *d, struct dice *dice)
{
    static const char *const threads[] = { "7", "8", "-100" };
    uint32_t n = 20 + roll(dice, 60);

    for (uint32_t i = 0; i < n; i++) {
        const char *thread = threads[roll(dice, COUNT_OF(threads))], *id = name(d, thread, i);
        time_us at = some_time(dice);
        uint32_t kind = roll(dice, 12);
        struct event ev =
            kind < 7 ? kit_in(thread, id, at, words[roll(dice, COUNT_OF(words))]) : kit_out(thread, id, at, "baik kak");

        if (thread[0] == '-') {
            ev.thread.type = THREAD_GROUP;
            ev.author.id = roll(dice, 2) ? TEXT("901") : TEXT("902");
        }
        if (kind == 10)
            ev.sender_kind = SENDER_AUTO;
        if (kind == 11) {
            ev.direction = DIRECTION_SYSTEM;
            ev.sender_kind = SENDER_SYSTEM;
        }
        d->all[d->count++] = ev;
        for (uint32_t more = roll(dice, 5); more > 2; more--)
            add_change(d, dice, thread, id, at);
    }
}

static void play(struct kit *k, const struct deck *d, struct dice *dice, bool shuffled)
{
    struct ingest_item *items = calloc(2 * EVENTS_MAX, sizeof *items);
    size_t count = d->count;

    for (size_t i = 0; i < count; i++)
        items[i] = kit_item(k, d->all[i]);
    for (size_t i = 0; shuffled && i < d->count / 3; i++)
        items[count++] = items[roll(dice, (uint32_t)d->count)];
    for (size_t i = count; shuffled && i > 1; i--) {
        size_t other = roll(dice, (uint32_t)i);
        struct ingest_item kept = items[i - 1];

        items[i - 1] = items[other];
        items[other] = kept;
    }
    for (size_t at = 0; at < count;) {
        size_t some = shuffled ? 1 + roll(dice, roll(dice, 2) ? 4 : 40) : count;

        if (some > count - at)
            some = count - at;
        kit_ingest(k, items + at, some);
        at += some;
    }
    free(items);
}

static void any_order_gives_the_same_rows(void **state)
{
    struct harness *h = *state;
    const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");
    uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;

    for (uint64_t round = first; round < first + (rounds ? strtoull(rounds, NULL, 10) : 12); round++) {
        struct dice dice = { round };
        struct deck *d = calloc(1, sizeof *d);
        struct kit plain, shuffled;

        d->mem = arena_new(0);
        deal(d, &dice);
        kit_open(&plain, h);
        play(&plain, d, &dice, false);
        char *want = kit_dump(&plain);
        for (int again = 0; again < 3; again++) {
            kit_open(&shuffled, h);
            play(&shuffled, d, &dice, true);
            char *got = kit_dump(&shuffled);
            if (strcmp(want, got) != 0)
                print_error("SEED=%llu, business %lld against %lld\n", (unsigned long long)round,
                            (long long)plain.business, (long long)shuffled.business);
            kit_assert_same(want, got);
            free(got);
        }
        free(want);
        arena_free(d->mem);
        free(d);
    }
}

/* ---- people act in between ---- */

static int refresh_tx(struct ctx *c, void *arg)
{
    return ingest_refresh_threads(c, arg, 1);
}

static void act(struct kit *k, struct dice *dice)
{
    static const char *const acts[] = {
        "status = 2, resolved_at = '2026-11-%02u 12:00+00'",
        "status = 0, resolved_at = NULL",
        "status = 3",
        "assignee_id = 1",
    };
    unsigned kind = roll(dice, 5), day = 9 + roll(dice, 10);
    int64_t thread = harness_i64(k->h, "SELECT id FROM thread WHERE business_id = %lld ORDER BY id OFFSET %u LIMIT 1",
                                 (long long)k->business, roll(dice, 3));
    char set[100];

    if (!thread)
        return;
    int64_t head = harness_i64(k->h,
                               "SELECT id FROM conversation WHERE business_id = %lld AND thread_id = %lld AND "
                               "is_head",
                               (long long)k->business, (long long)thread);
    if (kind == 4) {
        harness_sql(k->h,
                    "INSERT INTO activity (business_id, conversation_id, thread_id, kind, happened_at) VALUES "
                    "(%lld, %lld, %lld, 4, '2026-11-%02u 12:00+00')",
                    (long long)k->business, (long long)head, (long long)thread, day);
    } else {
        if (kind == 0)
            snprintf(set, sizeof set, "status = 2, resolved_at = '2026-11-%02u 12:00+00'", day);
        else
            snprintf(set, sizeof set, "%s", acts[kind]);
        harness_sql(k->h, "UPDATE conversation SET is_touched = true, %s WHERE business_id = %lld AND id = %lld", set,
                    (long long)k->business, (long long)head);
    }
    harness_sql(k->h,
                "INSERT INTO seen SELECT id, conversation_id FROM message WHERE business_id = %lld AND "
                "conversation_id = %lld ON CONFLICT DO NOTHING",
                (long long)k->business, (long long)head);
    db_enter_business(&k->h->web, k->business);
    assert_ok(&k->h->web, db_tx(&k->h->web, refresh_tx, &thread));
    db_leave(&k->h->web);
    arena_reset(k->h->web.mem);
}

static void assert_sound(struct kit *k)
{
    static const char *const faults[] = {
        "SELECT count(*) FROM conversation v WHERE business_id = %lld AND message_count <> (SELECT count(*) FROM "
        "message "
        "m WHERE m.business_id = v.business_id AND m.conversation_id = v.id)",
        "SELECT count(*) FROM conversation WHERE business_id = %lld AND message_count = 0",
        "SELECT count(*) FROM (SELECT 1 FROM conversation WHERE business_id = %lld GROUP BY thread_id HAVING count(*) "
        "FILTER (WHERE is_head) <> 1) x",
        "SELECT count(*) FROM conversation v WHERE business_id = %lld AND wait_since IS DISTINCT FROM CASE WHEN "
        "is_head "
        "THEN (SELECT min(started_at) FROM wait w WHERE w.business_id = v.business_id AND w.thread_id = v.thread_id "
        "AND "
        "w.ended_at IS NULL) END",
        "SELECT count(*) FROM message m JOIN conversation v ON v.id = m.conversation_id WHERE m.business_id = %lld AND "
        "m.thread_id <> v.thread_id",
        "SELECT count(*) FROM (SELECT 1 FROM wait WHERE business_id = %lld AND ended_at IS NULL GROUP BY "
        "conversation_id HAVING count(*) > 1) x",
        "SELECT count(*) FROM wait w JOIN message m ON m.id = w.started_by WHERE w.business_id = %lld AND "
        "(m.conversation_id <> w.conversation_id OR w.ended_at < w.started_at)",
        "SELECT count(*) FROM seen JOIN message m USING (id) WHERE m.business_id = %lld AND m.conversation_id <> home",
    };

    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        char business[24], sql[600], *hole;
        size_t before;

        snprintf(business, sizeof business, "%lld", (long long)k->business);
        hole = strstr(faults[i], "%lld");
        before = (size_t)(hole - faults[i]);
        snprintf(sql, sizeof sql, "%.*s%s%s", (int)before, faults[i], business, hole + 4);
        const char *found = harness_sql_on(k->h->super, sql);
        if (strcmp(found, "0") != 0)
            print_error("business %s: %s in %s\n", business, found, sql);
        assert_string_equal(found, "0");
    }
}

static void acts_of_people_in_between_leave_it_sound(void **state)
{
    struct harness *h = *state;
    const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");
    uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;

    harness_sql(h, "CREATE TABLE seen (id bigint PRIMARY KEY, home bigint NOT NULL)");
    for (uint64_t round = first; round < first + (rounds ? strtoull(rounds, NULL, 10) : 12); round++) {
        struct dice dice = { round };
        struct deck *d = calloc(1, sizeof *d);
        struct kit k;

        d->mem = arena_new(0);
        deal(d, &dice);
        kit_open(&k, h);
        harness_sql(h, "INSERT INTO person (id, email, name, password_hash) VALUES (1, 'a@b.example', 'Sri', '-') ON "
                       "CONFLICT DO NOTHING");
        for (size_t i = d->count; i > 1; i--) {
            size_t other = roll(&dice, (uint32_t)i);
            struct event kept = d->all[i - 1];

            d->all[i - 1] = d->all[other];
            d->all[other] = kept;
        }
        for (size_t at = 0; at < d->count;) {
            struct ingest_item items[8];
            size_t some = 1 + roll(&dice, 8);

            for (size_t i = 0; i < some && at + i < d->count; i++) {
                items[i] = kit_item(&k, d->all[at + i]);
                items[i].received_at = kit_time((int64_t)(at + i) * HOUR);
            }
            kit_ingest(&k, items, some < d->count - at ? some : d->count - at);
            at += some;
            if (roll(&dice, 3) == 0)
                act(&k, &dice);
            assert_sound(&k);
        }
        arena_free(d->mem);
        free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_rows),
        cmocka_unit_test(acts_of_people_in_between_leave_it_sound),
    };

    return HARNESS_RUN(tests);
}
