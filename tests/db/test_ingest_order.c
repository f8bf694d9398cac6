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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_rows),
    };

    return HARNESS_RUN(tests);
}
