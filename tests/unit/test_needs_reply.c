#include "unit.h"

#include "domain/needs_reply.h"

static enum reply_class judge(const char *words, enum thread_type thread)
{
    return needs_reply_judge(text_of(words), false, ATTACHMENT_FILE, thread);
}

static void assert_all(const char *const *words, size_t count, enum thread_type thread, enum reply_class expected)
{
    for (size_t i = 0; i < count; i++)
        if (judge(words[i], thread) != expected)
            fail_msg("\"%s\" is judged %d, not %d", words[i], (int)judge(words[i], thread), (int)expected);
}
#define ALL(thread, expected, ...)                                                                                     \
    do {                                                                                                               \
        static const char *const words_[] = { __VA_ARGS__ };                                                           \
        assert_all(words_, COUNT_OF(words_), (thread), (expected));                                                    \
    } while (0)

static void thanks_and_assent_are_acknowledgements(void **state)
{
    (void)state;
    ALL(THREAD_DIRECT, REPLY_ACK, "makasih", "Makasih kak", "makasiiih banyak ya kak 🙏", "ok", "Oke siap", "OKEE min",
        "siap kak", "sip 👍", "👍", "🙏🙏", "👍🏽", "❤️", "terima kasih banyak atas infonya", "thank you so much",
        "thanks!", "noted kak", "baik bu, terima kasih", "matur nuwun mas", "nggih mas", "suwun pak", "hatur nuhun teh",
        "muhun, nuhun kang", "ya", "iya kak", "ok ditunggu ya kak", "alhamdulillah, makasih", "sama-sama kak",
        "mantap gan", "oke deh", "baiklah", "yoi bro", "Ok. Thanks.");
}

static void questions_and_wishes_need_a_reply(void **state)
{
    (void)state;
    ALL(THREAD_DIRECT, REPLY_NEEDED, "P", "ping", "halo", "halo kak", "kak?", "ok, kapan dikirim?",
        "oke kak kirim ke rumah", "makasih, tapi pesanan saya belum sampai", "berapa", "", "?", "🤔", "😡",
        "ya tapi ukurannya salah", "min", "terus gimana", "sudah transfer", "pinten regane", "sabaraha ieu teh", "1 kg",
        "ok 2 ya", "siap kak saya ambil besok", "👎", "not ok");
}

static void long_words_are_read_whatever_they_are(void **state)
{
    (void)state;
    assert_int_equal(judge("ok ok ok ok ok ok ok ok ok ok ok ok ok", THREAD_DIRECT), REPLY_NEEDED);
    assert_int_equal(judge("makasihmakasihmakasihmakasihmakasih", THREAD_DIRECT), REPLY_NEEDED);
}

static void attachments_need_a_reply_and_stickers_acknowledge(void **state)
{
    (void)state;
    assert_int_equal(needs_reply_judge(TEXT(""), true, ATTACHMENT_STICKER, THREAD_DIRECT), REPLY_ACK);
    assert_int_equal(needs_reply_judge(TEXT(""), true, ATTACHMENT_IMAGE, THREAD_DIRECT), REPLY_NEEDED);
    assert_int_equal(needs_reply_judge(TEXT("ok"), true, ATTACHMENT_VOICE, THREAD_DIRECT), REPLY_NEEDED);
}

static void public_comments_may_need_none(void **state)
{
    (void)state;
    ALL(THREAD_COMMENT, REPLY_NEVER, "@sinta.dewi", "@sinta @budi_01", "@sinta 😍", "keren banget kak", "enaak pol 😍",
        "❤️❤️", "wah cantik", "mantap");
    ALL(THREAD_COMMENT, REPLY_NEEDED, "@sinta beli yuk", "@toko berapa harganya", "keren, harganya?",
        "kualitasnya jelek", "berapa kak", "ready");
    /* in a direct talk nobody is tagged for fun */
    assert_int_equal(judge("@sinta", THREAD_DIRECT), REPLY_NEEDED);
}

static void any_bytes_are_judged(void **state)
{
    static const char odd[] = "\xff\xfe ok \xc3";

    (void)state;
    assert_int_equal(needs_reply_judge((struct text) { odd, sizeof odd - 1 }, false, ATTACHMENT_FILE, THREAD_DIRECT),
                     REPLY_NEEDED);
    assert_int_equal(needs_reply_judge((struct text) { "ok\0ok", 5 }, false, ATTACHMENT_FILE, THREAD_DIRECT),
                     REPLY_ACK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thanks_and_assent_are_acknowledgements),
        cmocka_unit_test(questions_and_wishes_need_a_reply),
        cmocka_unit_test(long_words_are_read_whatever_they_are),
        cmocka_unit_test(attachments_need_a_reply_and_stickers_acknowledge),
        cmocka_unit_test(public_comments_may_need_none),
        cmocka_unit_test(any_bytes_are_judged),
    };

    return RUN(tests);
}
