/* tanggap channel add|list|check|remove: connected accounts. Tokens come from stdin or a file and are sealed at once.
 */
#include "domain/channel.h"
#include "db/jobq.h"
#include "db/listen.h"
#include "domain/audit.h"
#include "main/command.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdio.h>
#include <time.h>

#define TOKEN_MAX     512
#define CHECK_WAIT_MS 30000

static const char *const transport_words[] = { "file", "poll", "hook" };
static const char *const status_words[] = { "healthy", "quiet", "broken", "paused", "checking" };

struct options {
    const char *business, *platform, *name, *transport, *token_file;
    bool json;
};

#define BUSINESS_ROW                                                                                                   \
    {                                                                                                                  \
        "business", OPTION_TEXT, false, offsetof(struct options, business), "B",                                       \
            "number or name of the business; the only one"                                                             \
    }
#define JSON_ROW                                                                                                       \
    {                                                                                                                  \
        "json", OPTION_FLAG, false, offsetof(struct options, json), NULL, "one JSON object a line"                     \
    }

struct add_work {
    const struct options *o;
    enum platform platform;
    enum channel_transport transport;
    struct buf sealed;
    const char *external_id;
    int64_t id;
};

static const char *word_of(const char *const *words, size_t count, int64_t index)
{
    return index >= 0 && (size_t)index < count ? words[index] : "?";
}

/* "<bot id>:<secret>" as BotFather hands it out; the number before the colon is the bot's id. */
static int telegram_bot_id(struct text token, struct arena *mem, const char **out)
{
    struct text rest = token, id;

    if (!str_split(&rest, ':', &id) || id.len < 3 || id.len > 20 || rest.len < 30)
        return -1;
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return -1;
    for (size_t i = 0; i < rest.len; i++) {
        char ch = rest.ptr[i];

        if (!(ch == '_' || ch == '-' || (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
              (ch >= 'a' && ch <= 'z')))
            return -1;
    }
    *out = arena_copy(mem, id);
    return 0;
}

/* Keeps the token sealed only. */
static int seal_token(const struct invocation *in, struct desk *d, struct add_work *w, struct text token)
{
    struct text t = str_trim(token);

    if (t.len > TOKEN_MAX || telegram_bot_id(t, d->mem, &w->external_id)) {
        fprintf(stderr, "tanggap %s: that is no bot token; it looks like 123456789:AAE…, from @BotFather\n", in->name);
        return -1;
    }
    if (!d->c.seal || crypto_seal(d->c.seal, t, &w->sealed)) {
        fprintf(stderr, "tanggap %s: there is no sealing key (tanggap up makes it)\n", in->name);
        return -1;
    }
    return 0;
}

static int queue_check(struct ctx *c, int64_t channel)
{
    const char *key = arena_printf(c->mem, "%lld", (long long)channel);
    const char *payload = arena_printf(c->mem, "{\"channel\":\"%lld\"}", (long long)channel);

    return jobq_add(c, JOB_CHANNEL_CHECK, text_of(key), text_of(payload), clock_now());
}

static int audit(struct ctx *c, const char *action, int64_t channel)
{
    return audit_add(c, action, arena_printf(c->mem, "channel:%lld", (long long)channel), (struct text) { NULL, 0 });
}

static int add_hook(struct ctx *c, const struct add_work *w)
{
    char key[CRYPTO_TOKEN_SIZE], secret[CRYPTO_TOKEN_SIZE];

    crypto_token(key);
    crypto_token(secret);
    return db_do(c, SQL_DESK_ADD_HOOK,
                 IN(IN_STR(key), IN_I16(w->platform), IN_I64(c->who.business), IN_I64(w->id),
                    IN_BYTES(text_of(secret)))) < 0
               ? -1
               : 0;
}

static int add_one(struct ctx *c, void *arg)
{
    struct add_work *w = arg;
    bool is_live = w->transport != TRANSPORT_FILE;
    struct text sealed = is_live ? buf_as_text(&w->sealed) : (struct text) { NULL, 0 };
    int rc = db_one(c, SQL_DESK_ADD_CHANNEL,
                    IN(IN_I64(c->who.business), IN_I16(w->platform), IN_STR(w->external_id), IN_STR(w->o->name),
                       IN_I16(w->transport), IN_I16(is_live ? CHANNEL_CHECKING : CHANNEL_HEALTHY), IN_BYTES(sealed)),
                    OUT(OUT_I64(&w->id)));

    if (rc < 0)
        return -1;
    if (rc == 0)
        return fail(&c->fail, FAIL_CONFLICT, "this account is connected already (tanggap channel list)");
    if (audit(c, "channel.add", w->id))
        return -1;
    if (w->transport == TRANSPORT_HOOK && add_hook(c, w))
        return -1;
    return is_live ? queue_check(c, w->id) : 0;
}

static void wake_work(struct desk *d)
{
    struct db_options options = desk_db_options(d->cfg, DESK_OWNER, "tanggap-command", d->mem);
    struct notifier *n = notifier_new(&options);

    notifier_work(n);
    notifier_free(n);
}

static int choose_transport(const struct invocation *in, const struct options *o, struct add_work *w)
{
    const char *word = o->transport ? o->transport : w->platform == PLATFORM_TELEGRAM ? "poll" : "file";

    for (size_t i = 0; i < COUNT_OF(transport_words); i++)
        if (strcmp(word, transport_words[i]) == 0) {
            w->transport = (enum channel_transport)i;
            return w->transport == TRANSPORT_FILE || w->platform == PLATFORM_TELEGRAM
                       ? 0
                       : command_misused(in, "%s is connected in the panel; here it can be given a place for imports (--transport file)",
                                         platform_word(w->platform));
        }
    return command_misused(in, "--transport is poll, hook or file");
}

static int add_to(const struct invocation *in, struct desk *d, struct add_work *w, struct text token)
{
    char own_id[CRYPTO_TOKEN_SIZE];

    crypto_token(own_id);
    w->external_id = arena_printf(d->mem, "file-%.12s", own_id);
    if (w->transport == TRANSPORT_HOOK && d->cfg->http_public_url[0] == '\0')
        return command_misused(in, "a webhook needs http.public_url in the settings; --transport poll works without");
    if (w->transport != TRANSPORT_FILE && seal_token(in, d, w, token))
        return COMMAND_FAILED;
    int rc = desk_enter_business(d, w->o->business) || db_tx(&d->c, add_one, w) ? command_failed(in, &d->c.fail)
                                                                                : COMMAND_DONE;
    db_leave(&d->c);
    if (rc == COMMAND_DONE) {
        wake_work(d);
        printf(w->o->json ? "{\"id\":\"%lld\"}\n" : "%lld\n", (long long)w->id);
    }
    return rc;
}

static int channel_add_command(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "platform", OPTION_TEXT, true, offsetof(struct options, platform), "P", "telegram, whatsapp, csv …" },
        { "name", OPTION_TEXT, true, offsetof(struct options, name), "NAME", "as the panel shows it" },
        { "transport", OPTION_TEXT, false, offsetof(struct options, transport), "T",
          "poll (default for Telegram), hook (needs http.public_url) or file (imports only)" },
        { "token-file", OPTION_TEXT, false, offsetof(struct options, token_file), "FILE", "the token; default stdin" },
        BUSINESS_ROW,
        JSON_ROW,
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "", "Connects an account, or makes a place for imported files. A token is read from stdin or --token-file.",
        rows, 0, 0
    };
    struct options o = { .business = NULL };
    struct buf token = BUF_INIT(2 * TOKEN_MAX);
    struct add_work w = { .o = &o, .sealed = BUF_INIT(4096) };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (!platform_from_word(text_of(o.platform), &w.platform))
        return command_misused(in, "there is no platform \"%s\"", o.platform);
    if (o.name[0] == '\0' || str_utf16_units(text_of(o.name)) > 120)
        return command_misused(in, "a name has 1 to 120 characters");
    stop = choose_transport(in, &o, &w);
    if (stop)
        return stop;
    int rc = COMMAND_FAILED;
    bool is_live = w.transport != TRANSPORT_FILE;
    /* The token's file may be readable for root only, so it is read before the desk is opened. */
    if ((!is_live || command_read_secret(in, o.token_file, "token", &token) == 0) &&
        desk_open(&d, in, DESK_OWNER) == 0) {
        rc = add_to(in, &d, &w, buf_as_text(&token));
        desk_close(&d);
    }
    if (token.ptr)
        crypto_wipe(token.ptr, token.cap);
    buf_fini(&token);
    buf_fini(&w.sealed);
    return rc;
}

struct list {
    const struct options *o;
    const struct config *cfg;
};

static const char *known_platform(int16_t p)
{
    return p >= 0 && p < PLATFORM_COUNT ? platform_word((enum platform)p) : "?";
}

static int print_json(const struct list *l, const struct channel_view *v)
{
    struct buf line = BUF_INIT(8192), url = BUF_INIT(4096);
    struct json_out j = json_out(&line);

    buf_printf(&url, "%s/hooks/%s/%.*s", l->cfg->http_public_url, known_platform(v->platform), (int)v->hook_key.len,
               v->hook_key.ptr ? v->hook_key.ptr : "");
    jo_object(&j);
    jo_kv(&j, "id", jo_id, v->id);
    jo_kv(&j, "platform", jo_str, known_platform(v->platform));
    jo_kv(&j, "external_id", jo_text, v->external_id);
    jo_kv(&j, "name", jo_text, v->name);
    jo_kv(&j, "transport", jo_str, word_of(transport_words, COUNT_OF(transport_words), v->transport));
    jo_kv(&j, "status", jo_str, word_of(status_words, COUNT_OF(status_words), v->status));
    jo_kv(&j, "status_code", jo_text, v->status_code);
    jo_kv(&j, "last_event_at", jo_time, v->last_event_at);
    if (v->hook_key.len)
        jo_kv(&j, "hook", jo_text, buf_as_text(&url));
    jo_end_object(&j);
    puts(line.failed ? "{}" : line.ptr);
    buf_fini(&url);
    buf_fini(&line);
    return 0;
}

static int print_channel(const struct channel_view *v, void *arg)
{
    const struct list *l = arg;

    if (l->o->json)
        return print_json(l, v);
    printf("%-6lld %-10s %-28.*s %-5s %s%s%.*s\n", (long long)v->id, known_platform(v->platform), (int)v->name.len,
           v->name.ptr, word_of(transport_words, COUNT_OF(transport_words), v->transport),
           word_of(status_words, COUNT_OF(status_words), v->status), v->status_code.len ? ": " : "",
           (int)v->status_code.len, v->status_code.ptr ? v->status_code.ptr : "");
    return 0;
}

static int channel_list_command(struct invocation *in)
{
    static const struct option_row rows[] = { BUSINESS_ROW, JSON_ROW, OPTION_ROWS_END };
    static const struct command_usage usage = { "", "Lists the channels of a business.", rows, 0, 0 };
    struct options o = { .business = NULL };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    struct list l = { .o = &o, .cfg = d.cfg };
    int rc = desk_enter_business(&d, o.business) || channel_each(&d.c, 0, print_channel, &l)
                 ? command_failed(in, &d.c.fail)
                 : COMMAND_DONE;
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

struct last_seen {
    int16_t status;
    char code[64];
};

static int note_status(const struct channel_view *v, void *arg)
{
    struct last_seen *seen = arg;

    seen->status = v->status;
    snprintf(seen->code, sizeof(seen->code), "%.*s", (int)v->status_code.len,
             v->status_code.ptr ? v->status_code.ptr : "");
    return 0;
}

/* The worker holds the token, so it is the one that asks the platform; here we wait for what it finds. */
static int wait_for_check(struct desk *d, const struct options *o, int64_t id)
{
    struct mono_us deadline = mono_after_ms(CHECK_WAIT_MS);
    const struct timespec pause = { 0, 100 * 1000 * 1000 };
    struct list l = { o, d->cfg };
    struct last_seen seen;

    do {
        nanosleep(&pause, NULL);
        seen.status = CHANNEL_BROKEN;
        if (channel_each(&d->c, id, note_status, &seen))
            return -1;
    } while (seen.status == CHANNEL_CHECKING && !mono_passed(deadline));
    if (seen.status == CHANNEL_CHECKING)
        return fail(&d->c.fail, FAIL_TRY_AGAIN, "no answer yet: is tanggap work running?");
    if (channel_each(&d->c, id, print_channel, &l))
        return -1;
    return seen.status == CHANNEL_BROKEN
               ? fail(&d->c.fail, FAIL_NOT_POSSIBLE, "the platform refuses this account: %s", seen.code)
               : 0;
}

static int on_one_channel(struct invocation *in, const struct command_usage *usage, bool is_removal)
{
    struct options o = { .business = NULL };
    struct desk d;
    int64_t id;
    int stop = command_options(in, usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    int rc = desk_enter_business(&d, o.business) || desk_find_channel(&d, in->argv[0], &id) ||
             channel_act(&d.c, id, is_removal ? CHANNEL_ACT_REMOVE : CHANNEL_ACT_CHECK);
    if (rc == 0) {
        wake_work(&d);
        rc = is_removal ? 0 : wait_for_check(&d, &o, id);
    }
    rc = rc ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

static int channel_check_command(struct invocation *in)
{
    static const struct option_row rows[] = { BUSINESS_ROW, JSON_ROW, OPTION_ROWS_END };
    static const struct command_usage usage = {
        "CHANNEL", "Asks the platform whether the account still lets us in. tanggap work must be running.", rows, 1, 1
    };

    return on_one_channel(in, &usage, false);
}

static int channel_remove_command(struct invocation *in)
{
    static const struct option_row rows[] = { BUSINESS_ROW, OPTION_ROWS_END };
    static const struct command_usage usage = {
        "CHANNEL", "Disconnects an account: its token is forgotten, its conversations stay.", rows, 1, 1
    };

    return on_one_channel(in, &usage, true);
}

int command_channel(struct invocation *in)
{
    static const struct command table[] = {
        { "channel add", channel_add_command, "connect an account or make a place for imports" },
        { "channel list", channel_list_command, "show all" },
        { "channel check", channel_check_command, "ask the platform whether it still lets us in" },
        { "channel remove", channel_remove_command, "disconnect one" },
    };

    return command_of_two(in, table, COUNT_OF(table));
}
