/* tanggap demo: a business with invented customers, so that the panel has something to show. Its messages come in by
 * the same door as everybody's. */
#include "main/demo.h"

#include "db/query.h"
#include "domain/business.h"
#include "domain/channel.h"
#include "domain/ingest.h"
#include "domain/person.h"
#include "main/command.h"
#include "util/str.h"

#include <stdio.h>

#define DEMO_BUSINESS "Dapur Bu Rini"
#define DEMO_EMAIL    "rini@dapur.example"
#define US_PER_MIN    (60 * US_PER_S)
#define MAX_MESSAGES  512

struct options {
    bool when_empty;
};

struct demo {
    struct desk *d;
    int64_t business, channels[2];
    time_us now;
    size_t count;
    struct ingest_item items[MAX_MESSAGES];
};

/* Twelve letters and digits that cannot be taken for each other: 59 bits. */
static void new_password(char out[15])
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    size_t at = 0;

    while (at < 14) {
        unsigned char byte;

        if (at == 4 || at == 9) {
            out[at++] = '-';
            continue;
        }
        crypto_random(&byte, 1);
        if (byte < 256 / (sizeof(letters) - 1) * (sizeof(letters) - 1))
            out[at++] = letters[byte % (sizeof(letters) - 1)];
    }
    out[14] = '\0';
}

/* ">12 text": side, minutes since the line before, text. */
static bool read_line(struct text *rest, char *side, int64_t *gap, struct text *words)
{
    struct text line, number;

    if (!str_line(rest, &line) || line.len < 4)
        return false;
    *side = line.ptr[0];
    *words = (struct text) { line.ptr + 1, line.len - 1 };
    return str_split(words, ' ', &number) && str_whole_i64(number, gap, 0, 100000) == 0;
}

static int64_t minutes_of(const struct demo_chat *chat)
{
    struct text rest = text_of(chat->lines), words;
    int64_t gap, sum = 0;
    char side;

    while (read_line(&rest, &side, &gap, &words))
        sum += gap;
    return sum;
}

static void add_chat(struct demo *demo, const struct demo_chat *chat, size_t number)
{
    struct arena *mem = demo->d->mem;
    struct text rest = text_of(chat->lines), words;
    time_us at = demo->now - (chat->ago + minutes_of(chat)) * US_PER_MIN;
    const char *contact = arena_printf(mem, "demo-%zu", number);
    int64_t gap;
    char side;

    for (int n = 0; demo->count < MAX_MESSAGES && read_line(&rest, &side, &gap, &words); n++) {
        struct ingest_item *item = &demo->items[demo->count++];
        struct event *ev = &item->event;
        bool is_customer = side == '<';

        at += gap * US_PER_MIN;
        memset(item, 0, sizeof(*item));
        event_init(ev);
        item->channel_id = demo->channels[number % 3 == 2];
        item->received_at = at;
        ev->platform = number % 3 == 2 ? PLATFORM_INSTAGRAM : PLATFORM_WHATSAPP;
        ev->id = text_of(arena_printf(mem, "%s-%d", contact, n));
        ev->thread = (struct event_thread) { .type = THREAD_DIRECT, .present = true, .id = text_of(contact) };
        ev->direction = is_customer ? DIRECTION_IN : DIRECTION_OUT;
        ev->sender_kind = is_customer ? SENDER_CUSTOMER : SENDER_AGENT;
        ev->device = DEVICE_NATIVE;
        /* Odd seconds look less like a script. */
        ev->sent_at = at + (int64_t)((number * 17 + (size_t)n * 23) % 60) * US_PER_S - US_PER_MIN;
        ev->text = words;
        if (is_customer)
            ev->author = (struct event_author) { .id = text_of(contact), .name = text_of(chat->name) };
    }
}

static int add_channel(struct ctx *c, enum platform platform, const char *name, const char *external_id, int64_t *id)
{
    return db_one(c, SQL_DESK_ADD_CHANNEL,
                  IN(IN_I64(c->who.business), IN_I16(platform), IN_STR(external_id), IN_STR(name),
                     IN_I16(TRANSPORT_FILE), IN_I16(0), IN_NULL),
                  OUT(OUT_I64(id))) == 1
               ? 0
               : -1;
}

static int fill(struct ctx *c, void *arg)
{
    struct demo *demo = arg;
    struct ingest_result result = { .messages_new = 0 };

    demo->count = 0;
    if (add_channel(c, PLATFORM_WHATSAPP, "WhatsApp Dapur", "demo-wa", &demo->channels[0]) ||
        add_channel(c, PLATFORM_INSTAGRAM, "Instagram Dapur", "demo-ig", &demo->channels[1]) || ingest_lock(c))
        return -1;
    for (size_t i = 0; demo_chats[i].name; i++)
        add_chat(demo, &demo_chats[i], i);
    return ingest_events(c, demo->items, demo->count, &result);
}

static int make(struct demo *demo, const char *password)
{
    struct ctx *c = &demo->d->c;
    int64_t person;

    db_enter_system(c);
    int rc = business_add(c, TEXT(DEMO_BUSINESS), (struct text) { NULL, 0 }, (struct text) { NULL, 0 }, true,
                          &demo->business) ||
             person_add(c, TEXT(DEMO_EMAIL), TEXT("Bu Rini"), TEXT("id"), text_of(password), &person);
    db_leave(c);
    if (rc)
        return -1;
    db_enter_business(c, demo->business);
    rc = member_add(c, person, ROLE_OWNER) || db_tx(c, fill, demo);
    db_leave(c);
    return rc ? -1 : 0;
}

static int see_business(const struct business *b, void *arg)
{
    int64_t *count = arg;

    (void)b;
    ++*count;
    return 0;
}

int command_demo(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "when-empty", OPTION_FLAG, false, offsetof(struct options, when_empty), NULL,
          "do nothing when there is a business already" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "", "Makes a demo business with invented customers, and a login for it whose password is shown once.", rows, 0,
        0
    };
    struct options o = { .when_empty = false };
    struct desk d;
    char password[15];
    int64_t businesses = 0;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    db_enter_system(&d.c);
    int rc = business_list(&d.c, see_business, &businesses);
    db_leave(&d.c);
    if (rc == 0 && !(o.when_empty && businesses)) {
        struct demo *demo = arena_new_of(d.mem, struct demo);

        demo->d = &d;
        demo->now = clock_now();
        new_password(password);
        rc = make(demo, password);
        if (rc == 0)
            printf("\n  The demo business \"" DEMO_BUSINESS "\" is there. Log in with\n"
                   "      e-mail    " DEMO_EMAIL "\n      password  %s\n"
                   "  This is shown once. A new password: tanggap person passwd " DEMO_EMAIL "\n\n",
                   password);
    }
    rc = rc ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    crypto_wipe(password, sizeof(password));
    desk_close(&d);
    return rc;
}
