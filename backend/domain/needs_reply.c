/* Acknowledgements, tags and praise, told from what wants an answer. */
#include "domain/needs_reply.h"

#include "util/str.h"

/* Longer than this is said to be read, whatever its words. */
#define MAX_WORDS      12
#define MAX_WORD_BYTES 24

/* Words of thanks and assent. A message of nothing else is an acknowledgement. */
static const char *const ack_words[] = {
    "makasih",    "makasi",   "mksh",       "mksih",    "mkasih",     "maksih",        "maacih",
    "mamaci",     "macih",    "maaciw",     "terima",   "kasih",      "terimakasih",   "trimakasih",
    "trima",      "trims",    "tks",        "tq",       "thx",        "thanks",        "thank",
    "thanx",      "thankyou", "thankyu",    "ty",       "tengkyu",    "tengkiu",       "tenkyu",
    "nuhun",      "hatur",    "haturnuhun", "htr",      "nhn",        "suwun",         "matur",
    "maturnuwun", "nuwun",    "kesuwun",    "sembah",   "ok",         "oke",           "okay",
    "okey",       "okee",     "okeh",       "okai",     "okie",       "oks",           "okk",
    "okd",        "k",        "siap",       "siaap",    "sip",        "sipp",          "siip",
    "sips",       "syip",     "sipdeh",     "mantap",   "mantab",     "mantul",        "noted",
    "baik",       "baiklah",  "baek",       "bae",      "ya",         "iya",           "iyaa",
    "iyah",       "yaa",      "yup",        "yap",      "yes",        "yoi",           "yo",
    "y",          "yaudah",   "yasudah",    "yowes",    "yowis",      "wes",           "enggih",
    "inggih",     "nggih",    "njih",       "enjih",    "muhun",      "mangga",        "monggo",
    "sae",        "sumuhun",  "alright",    "great",    "good",       "nice",          "cool",
    "perfect",    "sure",     "fine",       "got",      "it",         "understood",    "dimengerti",
    "paham",      "mengerti", "ngerti",     "sami",     "sama",       "alhamdulillah", "alhamdulilah",
    "aamiin",     "amin",     "amiin",      "aamin",    "barakallah", "jazakallah",    "jazakillah",
    "khair",      "khairan",  "khoiron",    "katsiran", "welcome",    "roger",         "copy",
    "deal",       "fix",      "done",       "beres",    "lancar",     "sukses",        "semoga",
    "berkah",     "diterima",
};
/* Words that colour an acknowledgement without asking anything. */
static const char *const filler_words[] = {
    "kak",      "ka",           "kakak",      "kk",
    "kaka",     "min",          "mimin",      "admin",
    "gan",      "agan",         "sis",        "sist",
    "bro",      "bos",          "boss",       "bang",
    "abang",    "bg",           "mas",        "mba",
    "mbak",     "mbk",          "bu",         "ibu",
    "buk",      "bund",         "bunda",      "pak",
    "bapak",    "om",           "tante",      "teh",
    "teteh",    "aa",           "kang",       "akang",
    "neng",     "ceu",          "uni",        "uda",
    "cik",      "ci",           "koh",        "ko",
    "say",      "dear",         "sir",        "mam",
    "ma",       "am",           "so",         "much",
    "very",     "you",          "u",          "a",
    "lot",      "all",          "for",        "your",
    "the",      "help",         "banyak",     "bnyk",
    "byk",      "banget",       "bgt",        "sangat",
    "sekali",   "ya",           "yaa",        "yah",
    "yaaa",     "deh",          "dech",       "dong",
    "sih",      "nih",          "aja",        "saja",
    "lah",      "kok",          "atas",       "infonya",
    "info",     "informasinya", "bantuannya", "responnya",
    "respon",   "respons",      "jawabannya", "penjelasannya",
    "waktunya", "semuanya",     "sebelumnya", "kembali",
    "udah",     "sudah",        "dah",        "sdh",
    "saya",     "aku",          "kami",       "juga",
    "jg",       "dulu",         "sanget",     "pisan",
    "kasuwun",  "wa",           "fii",        "ok",
    "hehe",     "hehehe",       "hihi",       "haha",
    "hahaha",   "wkwk",         "wkwkwk",     "wkwkwkwk",
    "xixi",     "hehee",        "tunggu",     "ditunggu",
    "tggu",     "ditggu",
};
/* Words of praise under a post. */
static const char *const praise_words[] = {
    "keren",     "bagus",      "cantik",      "cakep",      "mantap",   "mantab",      "mantul",    "enak",
    "lezat",     "nikmat",     "indah",       "lucu",       "gemes",    "gemas",       "suka",      "love",
    "lovely",    "beautiful",  "nice",        "great",      "awesome",  "amazing",     "cool",      "best",
    "terbaik",   "top",        "juara",       "sukses",     "semangat", "kece",        "ciamik",    "apik",
    "alus",      "geulis",     "ngeunah",     "raos",       "jos",      "joss",        "gandos",    "sip",
    "good",      "wow",        "wah",         "waw",        "uwow",     "yummy",       "delicious", "perfect",
    "favorit",   "favorite",   "recommended", "rekomended", "kualitas", "kualitasnya", "rasanya",   "produknya",
    "barangnya", "makanannya", "kuenya",      "emang",      "memang",   "selalu",      "always",    "so",
    "very",      "banget",     "bgt",         "pisan",      "tenan",    "poll",        "pol",       "maju",
    "terus",     "laris",      "manis",       "laku",       "berkah",   "lancar",
};

struct word {
    char bytes[MAX_WORD_BYTES + 1];
    size_t len;
};

struct survey {
    size_t words, acks, praises, mentions, unknown, foreign; /* foreign: in no list at all */
    size_t emoji_ack, emoji_other;
    bool asks; /* a question mark */
};

static bool is_listed(const struct word *w, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i][0] == w->bytes[0] && strcmp(list[i], w->bytes) == 0)
            return true;
    return false;
}

/* "makasiiiih" is "makasih": the same letter more than once is once. */
static bool is_listed_squeezed(const struct word *w, const char *const *list, size_t count)
{
    struct word once = { { 0 }, 0 };

    if (is_listed(w, list, count))
        return true;
    for (size_t i = 0; i < w->len; i++)
        if (!once.len || once.bytes[once.len - 1] != w->bytes[i])
            once.bytes[once.len++] = w->bytes[i];
    return once.len != w->len && is_listed(&once, list, count);
}

static void count_word(struct survey *s, const struct word *w, bool is_mention)
{
    s->words++;
    if (is_mention) {
        s->mentions++;
        return;
    }
    bool ack = is_listed_squeezed(w, ack_words, COUNT_OF(ack_words));
    bool filler = is_listed_squeezed(w, filler_words, COUNT_OF(filler_words));
    bool praise = is_listed_squeezed(w, praise_words, COUNT_OF(praise_words));

    s->acks += ack;
    s->praises += praise;
    if (!ack && !filler)
        s->unknown++;
    if (!filler && !praise && !ack)
        s->foreign++;
}

/* Hands, hearts and smiles that close a talk. */
static bool is_closing_emoji(int32_t c)
{
    static const int32_t closing[] = { 0x1F44D, 0x1F64F, 0x1F44C, 0x1F91D, 0x1F60A, 0x1F642, 0x1F600, 0x1F601, 0x1F603,
                                       0x1F604, 0x1F606, 0x1F602, 0x1F923, 0x1F60D, 0x1F970, 0x1F618, 0x1F607, 0x1F917,
                                       0x1F44F, 0x1F64C, 0x1F4AF, 0x1F525, 0x1F389, 0x2705,  0x2714,  0x2764,  0x2665,
                                       0x1F495, 0x1F496, 0x1F497, 0x1F499, 0x1F49A, 0x1F49B, 0x1F49C, 0x1F5A4, 0x1F90D,
                                       0x1F90E, 0x1FAF6, 0x1F339, 0x1F4AA, 0x263A,  0x1F929, 0x1FAE1, 0x1F9E1, 0x1F493,
                                       0x1F60E, 0x1F609, 0x1F44B, 0x1FAF0, 0x1F973, 0x1FA77 };

    for (size_t i = 0; i < COUNT_OF(closing); i++)
        if (closing[i] == c)
            return true;
    return false;
}

static bool is_joiner(int32_t c)
{
    return c == 0xFE0F || c == 0x200D || c == 0x200B || c == 0x200E || c == 0x200F || c == 0x2060 || c == 0xFEFF ||
           (c >= 0x1F3FB && c <= 0x1F3FF) || c == 0xA0;
}

static bool is_letter(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (c >= 0xC0 && c < 0x2000);
}

/* In a direct talk the first word that is no thanks decides. */
static void survey_text(struct text t, bool is_public, struct survey *s)
{
    struct word w = { { 0 }, 0 };
    bool mention = false, in_word = false, too_long = false;

    while ((t.len || in_word) && (is_public || !(s->unknown || s->asks))) {
        int32_t c = t.len ? str_utf8_next(&t) : ' ';

        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (c == '@' && !in_word) {
            mention = true;
            continue;
        }
        if (is_letter(c) || (mention && in_word && c == '.')) {
            char utf8[4];
            size_t n = str_utf8_encode((uint32_t)c, utf8);

            in_word = true;
            if (w.len + n > MAX_WORD_BYTES) {
                too_long = true;
                continue;
            }
            memcpy(w.bytes + w.len, utf8, n);
            w.len += n;
            continue;
        }
        if (in_word) {
            if (too_long && !mention) {
                s->words++;
                s->unknown++;
                s->foreign++;
            } else {
                count_word(s, &w, mention);
            }
            w = (struct word) { { 0 }, 0 };
            in_word = too_long = false;
        }
        mention = false;
        if (c == '?' || c == 0xFF1F || c == 0x2753 || c == 0x2754)
            s->asks = true;
        else if (c >= 0x2000 && !is_joiner(c) && !(c >= 0x2010 && c <= 0x2027)) {
            if (is_closing_emoji(c))
                s->emoji_ack++;
            else
                s->emoji_other++;
        } else if (c < 0) {
            s->unknown++;
        }
    }
}

static enum reply_class judge_attachment(enum attachment_type type)
{
    return type == ATTACHMENT_STICKER ? REPLY_ACK : REPLY_NEEDED;
}

enum reply_class needs_reply_judge(struct text text, bool has_attachment, enum attachment_type first,
                                   enum thread_type thread)
{
    struct survey s = { 0 };

    /* Cheap way out for the long ones: twelve known words never fill this much. */
    if (text.len > (size_t)MAX_WORDS * (MAX_WORD_BYTES + 1))
        return REPLY_NEEDED;
    survey_text(text, thread == THREAD_COMMENT, &s);
    if (has_attachment && (first != ATTACHMENT_STICKER || !s.words))
        return judge_attachment(first);
    if (s.asks || s.words > MAX_WORDS)
        return REPLY_NEEDED;
    if (thread == THREAD_COMMENT) {
        if (s.mentions && s.mentions == s.words && !s.emoji_other)
            return REPLY_NEVER;
        if (!s.foreign && s.praises && !s.emoji_other)
            return REPLY_NEVER;
        if (!s.words && s.emoji_ack && !s.emoji_other)
            return REPLY_NEVER;
    }
    if (s.unknown || s.emoji_other)
        return REPLY_NEEDED;
    if (s.acks || (s.emoji_ack && s.words == 0))
        return REPLY_ACK;
    return REPLY_NEEDED;
}
