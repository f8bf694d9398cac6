#include "unit.h"

#include "platform/connector.h"
#include "util/buf.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define US  "1111111111"
#define ANI "2222222222"

static const struct channel_facts shop = {
    .id = 1,
    .platform = PLATFORM_X,
    .external_id = { US, 10 },
    .hook_secret = { "consumersecret", 14 },
};
static const struct channel_facts unknown = { .id = 1, .platform = PLATFORM_X };

static int write_event(const struct event *ev, void *arg)
{
    event_write(ev, arg);
    return 0;
}

static char *parsed(struct arena *mem, const struct channel_facts *ch, const char *body)
{
    struct buf out = BUF_INIT(1 << 20);
    struct fail why = { .code = FAIL_NONE };
    char *kept;

    assert_int_equal(x_connector.parse(text_of(body), ch, mem, write_event, &out, &why), 0);
    kept = out.len ? arena_copy(mem, buf_as_text(&out)) : arena_copy(mem, TEXT(""));
    buf_fini(&out);
    return kept;
}

static size_t lines_in(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

#define assert_has(text, piece)                                                                                        \
    do {                                                                                                               \
        if (!strstr((text), (piece)))                                                                                  \
            fail_msg("%s is not in\n%s", (piece), (text));                                                             \
    } while (0)

#define MENTION                                                                                                        \
    "{\"id\":\"1990000000000000002\",\"text\":\"@toko halo &amp; &lt;3\",\"author_id\":\"" ANI "\","                   \
    "\"conversation_id\":\"1990000000000000001\",\"created_at\":\"2026-09-01T10:00:00.000Z\","                         \
    "\"edit_history_tweet_ids\":[\"1990000000000000002\"],"                                                            \
    "\"referenced_tweets\":[{\"type\":\"replied_to\",\"id\":\"1990000000000000001\"}],"                                \
    "\"public_metrics\":{\"retweet_count\":2,\"reply_count\":0,\"like_count\":1,\"quote_count\":3,"                    \
    "\"impression_count\":12}}"
#define PEOPLE "\"includes\":{\"users\":[{\"id\":\"" ANI "\",\"name\":\"Ani\",\"username\":\"ani_id\"}]}"
#define OLD_DM                                                                                                         \
    "{\"type\":\"message_create\",\"id\":\"1990000000000000200\",\"created_timestamp\":\"1790000000123\","             \
    "\"message_create\":{\"target\":{\"recipient_id\":\"" US "\"},\"sender_id\":\"" ANI "\","                          \
    "\"message_data\":{\"text\":\"halo &amp; salam\",\"entities\":{\"urls\":[]}}}}"
#define OLD_TWEET                                                                                                      \
    "{\"created_at\":\"Wed Feb 05 08:39:31 +0000 2020\",\"id\":1224975318372503600,"                                   \
    "\"id_str\":\"1224975318372503552\",\"text\":\"@toko panjang…\",\"truncated\":true,"                             \
    "\"extended_tweet\":{\"full_text\":\"@toko panjang sekali &gt; biasa\"},"                                          \
    "\"in_reply_to_status_id_str\":\"1224975318372000000\",\"user\":{\"id\":22,\"id_str\":\"" ANI "\","                \
    "\"name\":\"Ani\",\"screen_name\":\"ani_id\"},"                                                                    \
    "\"entities\":{\"urls\":[{\"url\":\"https://t.co/a\",\"expanded_url\":\"https://toko.example/a\"}]}}"

static void a_mention_is_a_message_in_its_conversation(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(mem, &shop, "{\"data\":[" MENTION "]," PEOPLE ",\"meta\":{\"result_count\":1}}");

    (void)state;
    assert_string_equal(
        out,
        "{\"kind\":\"message\",\"platform\":\"x\",\"channel\":\"" US "\",\"id\":\"1990000000000000002\","
        "\"thread\":{\"type\":\"comment\",\"id\":\"1990000000000000001\",\"post\":\"1990000000000000001\"},"
        "\"direction\":\"in\",\"sender_kind\":\"customer\","
        "\"author\":{\"id\":\"" ANI "\",\"name\":\"Ani\",\"username\":\"ani_id\"},"
        "\"sent_at\":\"2026-09-01T10:00:00.000Z\",\"text\":\"@toko halo & <3\",\"reply_to\":\"1990000000000000001\","
        "\"detail\":{\"likes\":1,\"comments\":0,\"shares\":5,\"views\":12}}\n");
    arena_free(mem);
}

static void the_names_of_posts_and_of_tweets_are_one(void **state)
{
    struct arena *mem = arena_new(0);
    const char *tweets = "{\"data\":[{\"id\":\"1990000000000000009\",\"text\":\"b\",\"author_id\":\"" ANI "\","
                         "\"edit_history_tweet_ids\":[\"1990000000000000008\",\"1990000000000000009\"],"
                         "\"note_tweet\":{\"text\":\"yang panjang\"},"
                         "\"referenced_tweets\":[{\"type\":\"replied_to\",\"id\":\"1990000000000000001\"}]}],"
                         "\"includes\":{\"tweets\":[{\"id\":\"1990000000000000001\",\"text\":\"promo\","
                         "\"author_id\":\"" US "\"}]}}";
    const char *posts = "{\"data\":[{\"id\":\"1990000000000000009\",\"text\":\"b\",\"author_id\":\"" ANI "\","
                        "\"edit_history_post_ids\":[\"1990000000000000008\",\"1990000000000000009\"],"
                        "\"note_post\":{\"text\":\"yang panjang\"},"
                        "\"referenced_posts\":[{\"type\":\"replied_to\",\"id\":\"1990000000000000001\"}]}],"
                        "\"includes\":{\"posts\":[{\"id\":\"1990000000000000001\",\"text\":\"promo\","
                        "\"author_id\":\"" US "\"}]}}";
    char *out = parsed(mem, &shop, tweets);

    (void)state;
    assert_string_equal(out, parsed(mem, &shop, posts));
    assert_has(out, "\"id\":\"1990000000000000008\"");
    assert_has(out, "\"text\":\"yang panjang\"");
    assert_has(out, "\"kind\":\"post\"");
    arena_free(mem);
}

static void an_edit_keeps_the_first_id_and_comes_as_an_edit_too(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(mem, &shop,
                       "{\"data\":{\"id\":\"1990000000000000009\",\"text\":\"baru\",\"author_id\":\"" ANI "\","
                       "\"created_at\":\"2026-09-01T10:05:00.000Z\","
                       "\"edit_history_tweet_ids\":[\"1990000000000000008\",\"1990000000000000009\"]}}");

    (void)state;
    assert_int_equal(lines_in(out), 2);
    assert_has(out, "\"kind\":\"message\",\"platform\":\"x\",\"channel\":\"" US "\",\"id\":\"1990000000000000008\"");
    assert_has(out, "\"kind\":\"edit\"");
    assert_has(out, "\"target\":\"1990000000000000008\"");
    arena_free(mem);
}

static void our_own_root_is_a_post_and_our_reply_a_message_out(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(mem, &shop,
                       "{\"data\":[{\"id\":\"1990000000000000001\",\"text\":\"promo\",\"author_id\":\"" US "\","
                       "\"conversation_id\":\"1990000000000000001\",\"public_metrics\":{\"like_count\":4}},"
                       "{\"id\":\"1990000000000000005\",\"text\":\"siap\",\"author_id\":\"" US "\","
                       "\"conversation_id\":\"1990000000000000001\","
                       "\"referenced_tweets\":[{\"type\":\"replied_to\",\"id\":\"1990000000000000002\"}]}]}");

    (void)state;
    assert_has(out, "{\"kind\":\"post\",\"platform\":\"x\",\"channel\":\"" US "\",\"id\":\"1990000000000000001\"");
    assert_has(out, "\"detail\":{\"likes\":4}");
    assert_has(out, "\"kind\":\"message\",\"platform\":\"x\",\"channel\":\"" US "\",\"id\":\"1990000000000000005\"");
    assert_has(out, "\"direction\":\"out\"");
    arena_free(mem);
}

static void an_empty_page_has_no_events(void **state)
{
    struct arena *mem = arena_new(0);

    (void)state;
    assert_string_equal(parsed(mem, &shop, "{\"meta\":{\"result_count\":0}}"), "");
    assert_string_equal(parsed(mem, &shop, "{\"data\":[],\"meta\":{\"result_count\":0}}"), "");
    arena_free(mem);
}

static void a_direct_message_is_the_same_by_webhook_and_by_poll(void **state)
{
    struct arena *mem = arena_new(0);
    char *hook = parsed(mem, &unknown,
                        "{\"data\":{\"event_uuid\":\"-685\",\"filter\":{\"user_id\":\"" US "\"},"
                        "\"event_type\":\"dm.received\",\"payload\":{\"direct_message_events\":[" OLD_DM "],"
                        "\"users\":{\"" ANI "\":{\"data\":{\"id\":\"" ANI "\",\"username\":\"ani_id\","
                        "\"name\":\"Ani\"}}}}}}");
    char *old = parsed(mem, &unknown,
                       "{\"for_user_id\":\"" US "\",\"direct_message_events\":[" OLD_DM "],\"users\":{\"" ANI
                       "\":{\"id\":\"" ANI "\",\"name\":\"Ani\",\"screen_name\":\"ani_id\"}}}");
    char *poll =
        parsed(mem, &shop,
               "{\"data\":[{\"id\":\"1990000000000000200\",\"event_type\":\"MessageCreate\","
               "\"text\":\"halo &amp; salam\",\"sender_id\":\"" ANI "\","
               "\"dm_conversation_id\":\"" US "-" ANI "\",\"created_at\":\"2026-09-21T14:13:20.123Z\"}]," PEOPLE "}");

    (void)state;
    assert_string_equal(hook, poll);
    assert_string_equal(old, poll);
    assert_has(poll, "\"thread\":{\"type\":\"direct\",\"id\":\"" US "-" ANI "\"}");
    assert_has(poll, "\"text\":\"halo & salam\"");
    arena_free(mem);
}

static void conversations_are_named_in_the_order_of_numbers(void **state)
{
    struct arena *mem = arena_new(0);
    char *out =
        parsed(mem, &shop,
               "{\"for_user_id\":\"" US "\",\"direct_message_events\":[{\"type\":\"message_create\",\"id\":\"5\","
               "\"message_create\":{\"target\":{\"recipient_id\":\"" US "\"},\"sender_id\":\"9\","
               "\"message_data\":{\"text\":\"a\"}}}]}");
    char *turned =
        parsed(mem, &shop,
               "{\"data\":[{\"id\":\"5\",\"event_type\":\"MessageCreate\",\"text\":\"a\",\"sender_id\":\"9\","
               "\"dm_conversation_id\":\"" US "-9\"}]}");

    (void)state;
    assert_has(out, "\"id\":\"9-" US "\"");
    assert_string_equal(out, turned);
    arena_free(mem);
}

static void old_tweets_are_read_by_their_exact_ids_and_whole(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(mem, &unknown, "{\"for_user_id\":\"" US "\",\"tweet_create_events\":[" OLD_TWEET "]}");

    (void)state;
    assert_has(out, "\"id\":\"1224975318372503552\"");
    assert_has(out, "\"text\":\"@toko panjang sekali > biasa\"");
    assert_has(out, "\"sent_at\":\"2020-02-05T08:39:31.000Z\"");
    assert_has(out, "\"reply_to\":\"1224975318372000000\"");
    assert_has(out, "\"url\":\"https://toko.example/a\"");
    assert_has(out, "\"author\":{\"id\":\"" ANI "\",\"name\":\"Ani\",\"username\":\"ani_id\"}");
    arena_free(mem);
}

static void every_kind_of_the_older_webhook_becomes_its_event(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(
        mem, &unknown,
        "{\"for_user_id\":\"" US "\",\"user_has_blocked\":false,"
        "\"favorite_events\":[{\"id\":\"f\",\"timestamp_ms\":1790000000123,\"favorited_status\":{\"id_str\":\"77\","
        "\"text\":\"Promo\",\"user\":{\"id_str\":\"" US "\"}},\"user\":{\"id_str\":\"" ANI "\",\"name\":\"Ani\"}}],"
        "\"follow_events\":[{\"type\":\"follow\",\"created_timestamp\":\"1790000000123\",\"target\":{\"id\":\"" US
        "\"},\"source\":{\"id\":\"" ANI "\",\"name\":\"Ani\"}},{\"type\":\"unfollow\",\"source\":{\"id\":\"" ANI
        "\"}}],"
        "\"direct_message_mark_read_events\":[{\"created_timestamp\":\"1790000000123\",\"sender_id\":\"" ANI "\","
        "\"target\":{\"recipient_id\":\"" US "\"},\"last_read_event_id\":\"88\"}],"
        "\"direct_message_indicate_typing_events\":[{\"sender_id\":\"" ANI "\",\"target\":{\"recipient_id\":\"" US
        "\"}}],"
        "\"tweet_delete_events\":[{\"status\":{\"id\":\"99\",\"user_id\":\"" ANI
        "\"},\"timestamp_ms\":\"1790000000123\"}],"
        "\"user_event\":{\"revoke\":{\"date_time\":\"2026-05-24T09:48:12+00:00\",\"source\":{\"user_id\":\"" US "\"}}},"
        "\"weird_events\":[{\"id\":\"1\",\"text\":\"kata\"},{\"id\":\"2\",\"text\":\"kata lain\"}]}");

    (void)state;
    assert_int_equal(lines_in(out), 10);
    assert_has(out, "\"kind\":\"post\"");
    assert_has(out, "\"text\":\"❤️\",\"target\":\"77\"");
    assert_has(out, "\"following\":true");
    assert_has(out, "\"following\":false");
    assert_has(out, "{\"kind\":\"read\",\"platform\":\"x\",\"channel\":\"" US
                    "\",\"thread\":{\"type\":\"direct\",\"id\":\"" US "-" ANI "\"}");
    assert_has(out, "\"target\":\"88\"");
    assert_has(out, "\"type\":\"typing\"");
    assert_has(out, "{\"kind\":\"delete\"");
    assert_has(out, "\"target\":\"99\"");
    assert_has(out, "\"kind\":\"account\"");
    assert_has(out, "\"type\":\"token_revoked\"");
    assert_has(out, "\"text\":\"kata lain\",\"detail\":{\"type\":\"weird_events\",\"id\":\"2\"}");
    arena_free(mem);
}

static void every_kind_of_the_activity_envelope_becomes_its_event(void **state)
{
    static const struct {
        const char *type, *payload, *wanted;
    } kinds[] = {
        { "post.mention.create", MENTION, "\"kind\":\"message\"" },
        { "post.reply.create", "{\"data\":" MENTION "," PEOPLE "}", "\"name\":\"Ani\"" },
        { "post.quote.create",
          "{\"id\":\"31\",\"id_str\":\"31\",\"text\":\"bagus\",\"author_id\":\"" ANI "\",\"conversation_id\":\"31\","
          "\"referenced_tweets\":[{\"type\":\"quoted\",\"id\":\"30\"}]}",
          "\"quoted\":\"30\"" },
        { "post.repost.create",
          "{\"id\":\"32\",\"text\":\"RT @toko: promo\",\"author_id\":\"" ANI "\","
          "\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"30\"}]}",
          "\"type\":\"repost\"" },
        { "post.delete", "{\"id\":\"33\",\"author_id\":\"" US "\"}", "\"target\":\"33\"" },
        { "post.delete", "{\"delete\":{\"post\":{\"id\":\"33\"}}}", "\"target\":\"33\"" },
        { "like.create", "{\"post_id\":\"30\",\"source\":{\"data\":{\"id\":\"" ANI "\",\"name\":\"Ani\"}}}",
          "\"kind\":\"reaction\"" },
        { "like.create", "{\"seen\":{\"text\":\"tidak dikenal\"}}", "\"text\":\"tidak dikenal\"" },
        { "follow.follow",
          "{\"source\":{\"data\":{\"id\":\"" ANI "\",\"name\":\"Ani\"}},\"target\":{\"data\":{\"id\":\"" US "\"}}}",
          "\"following\":true" },
        { "follow.unfollow", "{\"source\":{\"id\":\"" ANI "\"},\"target\":{\"id\":\"" US "\"}}",
          "\"following\":false" },
        { "dm.sent", "{\"direct_message_events\":[" OLD_DM "]}", "\"text\":\"halo & salam\"" },
        { "dm.read", "{\"direct_message_mark_read_events\":[{\"sender_id\":\"" ANI "\",\"last_read_event_id\":\"8\"}]}",
          "\"kind\":\"read\"" },
        { "dm.indicate_typing", "{\"direct_message_indicate_typing_events\":[{\"sender_id\":\"" ANI "\"}]}",
          "\"type\":\"typing\"" },
        { "oauth.revoke", "{\"user_id\":\"" US "\"}", "\"type\":\"token_revoked\"" },
        { "chat.received", "{\"encoded_event\":\"AAAA\",\"text\":\"?\"}", "\"type\":\"chat.received\"" },
        { "profile.update.bio", "{\"before\":\"a\",\"after\":\"b\",\"description\":\"toko baru\"}", "toko baru" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct arena *mem = arena_new(0);
        char *out = parsed(mem, &unknown,
                           arena_printf(mem,
                                        "{\"data\":{\"event_uuid\":\"1\",\"filter\":{\"user_id\":\"" US
                                        "\"},\"event_type\":\"%s\",\"payload\":%s}}",
                                        kinds[i].type, kinds[i].payload));
        char *bare =
            parsed(mem, &unknown,
                   arena_printf(mem, "{\"filter\":{\"user_id\":\"" US "\"},\"event_type\":\"%s\",\"payload\":%s}",
                                kinds[i].type, kinds[i].payload));

        assert_has(out, kinds[i].wanted);
        assert_has(out, "\"channel\":\"" US "\"");
        assert_string_equal(out, bare);
        arena_free(mem);
    }
}

static void pictures_and_films_come_along(void **state)
{
    struct arena *mem = arena_new(0);
    char *out =
        parsed(mem, &shop,
               "{\"data\":[{\"id\":\"41\",\"event_type\":\"MessageCreate\",\"sender_id\":\"" ANI "\","
               "\"dm_conversation_id\":\"" US "-" ANI "\",\"attachments\":{\"media_keys\":[\"3_1\",\"7_2\",\"3_9\"]}},"
               "{\"id\":\"42\",\"text\":\"foto https://t.co/p\",\"author_id\":\"" ANI "\","
               "\"attachments\":{\"media_keys\":[\"3_1\"],\"poll_ids\":[\"5\"]}}],\"includes\":{\"media\":["
               "{\"media_key\":\"3_1\",\"type\":\"photo\","
               "\"url\":\"https://ton.twitter.com/1.1/ton/data/dm/41/1/abc.jpg\",\"alt_text\":\"baju\"},"
               "{\"media_key\":\"7_2\",\"type\":\"video\",\"variants\":["
               "{\"bit_rate\":1,\"content_type\":\"video/mp4\",\"url\":\"https://v.example/1.mp4\"},"
               "{\"bit_rate\":9,\"content_type\":\"video/mp4\",\"url\":\"https://v.example/9.mp4\"}]}],"
               "\"polls\":[{\"id\":\"5\",\"options\":[{\"position\":1,\"label\":\"Merah\"}]}]}}");

    (void)state;
    assert_has(out, "\"ref\":\"dm/41/1/abc.jpg\"");
    assert_has(out, "https://v.example/9.mp4");
    assert_has(out, "\"name\":\"baju\"");
    assert_has(out, "\"name\":\"3_9\"");
    assert_has(out, "\"choices\":[\"Merah\"]");
    arena_free(mem);
}

static void a_look_up_tells_what_is_gone_and_the_account_its_numbers(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(mem, &shop,
                       "{\"errors\":[{\"resource_type\":\"tweet\",\"parameter\":\"ids\",\"resource_id\":\"61\","
                       "\"type\":\"https://api.x.com/2/problems/resource-not-found\"},"
                       "{\"resource_type\":\"tweet\",\"parameter\":\"referenced_tweets.id\",\"resource_id\":\"62\","
                       "\"type\":\"https://api.twitter.com/2/problems/resource-not-found\"}],"
                       "\"data\":[{\"id\":\"" US "\",\"username\":\"toko\",\"name\":\"Toko\","
                       "\"public_metrics\":{\"followers_count\":120,\"tweet_count\":7}},"
                       "{\"id\":\"" ANI "\",\"username\":\"ani_id\",\"name\":\"Ani\"}]}");

    (void)state;
    assert_int_equal(lines_in(out), 3);
    assert_has(out, "\"target\":\"61\"");
    assert_has(out, "{\"kind\":\"post\",\"platform\":\"x\",\"channel\":\"" US "\",\"id\":\"" US "\"");
    assert_has(out, "\"followers\":120");
    assert_has(out, "\"kind\":\"profile\"");
    arena_free(mem);
}

static void where_nobody_says_who_we_are_the_common_person_is_us(void **state)
{
    struct arena *mem = arena_new(0);
    char *out =
        parsed(mem, &unknown,
               "{\"data\":[{\"id\":\"1\",\"event_type\":\"MessageCreate\",\"text\":\"a\",\"sender_id\":\"20\","
               "\"dm_conversation_id\":\"10-20\"},{\"id\":\"2\",\"event_type\":\"MessageCreate\",\"text\":\"b\","
               "\"sender_id\":\"10\",\"dm_conversation_id\":\"10-30\"}]}");

    (void)state;
    assert_has(out, "\"channel\":\"10\",\"id\":\"1\"");
    assert_has(out, "\"direction\":\"out\"");
    assert_has(out, "\"direction\":\"in\"");
    arena_free(mem);
}

static void half_broken_items_take_no_neighbour_along(void **state)
{
    struct arena *mem = arena_new(0);
    char *out = parsed(mem, &shop,
                       "{\"data\":[null,7,\"teks\",{},{\"text\":\"tanpa id\"},{\"id\":5,\"text\":\"angka\"},"
                       "{\"id\":\"6\",\"text\":9,\"full_text\":\"penuh\"}," MENTION "]}");

    (void)state;
    assert_int_equal(lines_in(out), 8);
    assert_has(out, "\"text\":\"teks\"");
    assert_has(out, "\"text\":\"tanpa id\"");
    assert_has(out, "\"id\":\"5\"");
    assert_has(out, "\"text\":\"penuh\"");
    assert_has(out, "@toko halo & <3");
    arena_free(mem);
}

static void lists_of_old_objects_are_read_as_well(void **state)
{
    struct arena *mem = arena_new(0);

    (void)state;
    assert_has(parsed(mem, &shop, "[" OLD_TWEET "," OLD_TWEET "]"), "panjang sekali");
    assert_has(parsed(mem, &shop, "{\"statuses\":[" OLD_TWEET "]}"), "panjang sekali");
    assert_has(parsed(mem, &shop, OLD_TWEET), "panjang sekali");
    assert_has(parsed(mem, &shop, "{\"events\":[" OLD_DM "]}"), "halo & salam");
    assert_has(parsed(mem, &shop, "{\"event\":" OLD_DM "}"), "halo & salam");
    assert_has(parsed(mem, &shop, OLD_DM), "halo & salam");
    arena_free(mem);
}

static void what_is_no_json_is_a_bad_request_and_no_prefix_crashes(void **state)
{
    const char *whole =
        "{\"for_user_id\":\"" US "\",\"tweet_create_events\":[" OLD_TWEET "],\"direct_message_events\":[" OLD_DM "]}";
    struct fail why;

    (void)state;
    for (size_t len = 0; len < strlen(whole); len++) {
        struct arena *mem = arena_new(0);
        struct buf out = BUF_INIT(1 << 16);

        why.code = FAIL_NONE;
        assert_int_equal(x_connector.parse((struct text) { whole, len }, &shop, mem, write_event, &out, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_REQUEST);
        assert_int_equal(out.len, 0);
        buf_fini(&out);
        arena_free(mem);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines, sorted, each once. */
static char *set_of(struct arena *mem, char *text)
{
    char *lines[64], *at = text, *end;
    struct buf out = BUF_INIT(1 << 20);
    size_t n = 0;
    char *kept;

    while ((end = strchr(at, '\n')) && n < COUNT_OF(lines)) {
        *end = '\0';
        lines[n++] = at;
        at = end + 1;
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(lines[i], lines[i - 1]) != 0)
            buf_printf(&out, "%s\n", lines[i]);
    kept = arena_copy(mem, buf_as_text(&out));
    buf_fini(&out);
    return kept;
}

static void the_same_set_in_gives_the_same_rows_out(void **state)
{
    struct arena *mem = arena_new(0);
    const char *head = "{\"for_user_id\":\"" US "\",\"tweet_create_events\":[";
    char *batch = set_of(mem, parsed(mem, &shop, arena_printf(mem, "%s" OLD_TWEET "," MENTION "]}", head)));
    char *turned =
        set_of(mem, parsed(mem, &shop, arena_printf(mem, "%s" MENTION "," OLD_TWEET "," MENTION "]}", head)));
    char *split = set_of(mem, arena_printf(mem, "%s%s", parsed(mem, &shop, arena_printf(mem, "%s" MENTION "]}", head)),
                                           parsed(mem, &shop, arena_printf(mem, "%s" OLD_TWEET "]}", head))));

    (void)state;
    assert_string_equal(batch, turned);
    assert_string_equal(batch, split);
    arena_free(mem);
}

static void a_call_needs_the_signature_of_its_very_bytes(void **state)
{
    struct header h = { TEXT_INIT("X-Twitter-Webhooks-Signature"),
                        TEXT_INIT("sha256=bBuzarLfZ9CbNncu9LkQKFTfNuzHNRqHzJZZAEjzpA8=") };
    struct hook_request rq = { .headers = &h,
                               .header_count = 1,
                               .body = TEXT("{\"data\":{\"event_type\":\"dm.received\"}}") };
    struct channel_facts open = shop;

    (void)state;
    assert_true(x_connector.verify(&rq, &shop));
    rq.body = TEXT("{\"data\":{\"event_type\":\"dm.received\"}} ");
    assert_false(x_connector.verify(&rq, &shop));
    rq.body = TEXT("{\"data\":{\"event_type\":\"dm.received\"}}");
    h.value.len--;
    assert_false(x_connector.verify(&rq, &shop));
    rq.header_count = 0;
    assert_false(x_connector.verify(&rq, &shop));
    open.hook_secret = TEXT("");
    rq.header_count = 1;
    assert_false(x_connector.verify(&rq, &open));
}

static int challenge(const char *query, struct buf *out)
{
    struct hook_request rq = { .method = TEXT("GET"), .query = text_of(query) };

    buf_reset(out);
    return x_connector.challenge(&rq, &shop, out);
}

static void the_challenge_is_answered_but_no_body_is_signed_by_it(void **state)
{
    struct buf out = BUF_INIT(1024);

    (void)state;
    assert_int_equal(challenge("crc_token=challenge_string&nonce=a", &out), 0);
    assert_text(buf_as_text(&out), "{\"response_token\":\"sha256=tno0yvwOxxEY9oTCjI2l0MVjY90DRuCrjvqLFBacEOc=\"}");
    assert_int_equal(challenge("nonce=b&crc_token=challenge%5Fstring", &out), 0);
    assert_text(buf_as_text(&out), "{\"response_token\":\"sha256=tno0yvwOxxEY9oTCjI2l0MVjY90DRuCrjvqLFBacEOc=\"}");
    assert_int_equal(challenge("", &out), -1);
    assert_int_equal(challenge("crc_token=", &out), -1);
    assert_int_equal(challenge("crc_token=%7B%22for_user_id%22%3A%221%22%7D", &out), -1);
    assert_int_equal(challenge("crc_token=%zz", &out), -1);
    buf_fini(&out);
}

static void long_texts_are_cut_by_weight_and_never_inside_an_address(void **state)
{
    struct arena *mem = arena_new(0);
    struct buf text = BUF_INIT(1 << 16);
    unsigned count, again;
    struct text whole, part;
    const char *at;

    (void)state;
    for (int i = 0; i < 280; i++)
        buf_char(&text, 'a');
    (void)x_connector.part(buf_as_text(&text), 0, &count);
    assert_int_equal(count, 1);
    buf_char(&text, 'a');
    (void)x_connector.part(buf_as_text(&text), 0, &count);
    assert_int_equal(count, 2);
    buf_reset(&text);
    for (int i = 0; i < 141; i++)
        buf_str(&text, "😀");
    assert_int_equal(x_connector.part(buf_as_text(&text), 0, &count).len, 140 * 4);
    assert_int_equal(count, 2);
    buf_reset(&text);
    for (int i = 0; i < 40; i++)
        buf_str(&text, "https://toko.example/katalog/yang/sangat/panjang/sekali?a=1&b=2 ");
    whole = buf_as_text(&text);
    at = whole.ptr;
    (void)x_connector.part(whole, 0, &count);
    assert_in_range(count, 4, 5);
    for (unsigned i = 0; i < count; i++) {
        part = x_connector.part(whole, i, &again);
        assert_ptr_equal(part.ptr, at);
        assert_memory_equal(part.ptr, "https://", 8);
        at += part.len;
    }
    assert_ptr_equal(at, whole.ptr + whole.len);
    (void)x_connector.part_direct(whole, 0, &count);
    assert_int_equal(count, 1);
    buf_fini(&text);
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mention_is_a_message_in_its_conversation),
        cmocka_unit_test(the_names_of_posts_and_of_tweets_are_one),
        cmocka_unit_test(an_edit_keeps_the_first_id_and_comes_as_an_edit_too),
        cmocka_unit_test(our_own_root_is_a_post_and_our_reply_a_message_out),
        cmocka_unit_test(an_empty_page_has_no_events),
        cmocka_unit_test(a_direct_message_is_the_same_by_webhook_and_by_poll),
        cmocka_unit_test(conversations_are_named_in_the_order_of_numbers),
        cmocka_unit_test(old_tweets_are_read_by_their_exact_ids_and_whole),
        cmocka_unit_test(every_kind_of_the_older_webhook_becomes_its_event),
        cmocka_unit_test(every_kind_of_the_activity_envelope_becomes_its_event),
        cmocka_unit_test(pictures_and_films_come_along),
        cmocka_unit_test(a_look_up_tells_what_is_gone_and_the_account_its_numbers),
        cmocka_unit_test(where_nobody_says_who_we_are_the_common_person_is_us),
        cmocka_unit_test(half_broken_items_take_no_neighbour_along),
        cmocka_unit_test(lists_of_old_objects_are_read_as_well),
        cmocka_unit_test(what_is_no_json_is_a_bad_request_and_no_prefix_crashes),
        cmocka_unit_test(the_same_set_in_gives_the_same_rows_out),
        cmocka_unit_test(a_call_needs_the_signature_of_its_very_bytes),
        cmocka_unit_test(the_challenge_is_answered_but_no_body_is_signed_by_it),
        cmocka_unit_test(long_texts_are_cut_by_weight_and_never_inside_an_address),
    };

    return RUN(tests);
}
