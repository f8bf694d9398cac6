/* Settings: the table, the file, the environment. */
#include "util/config.h"

#include "util/arena.h"
#include "util/str.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define MIB (INT64_C(1024) * 1024)

enum kind { KIND_TEXT, KIND_NUMBER, KIND_BOOL, KIND_URL, KIND_OPTIONAL_URL, KIND_LEVEL };

struct setting {
    const char *section, *name;
    enum kind kind;
    size_t offset;
    const char *text; /* default, as it would stand in the file */
    int64_t min, max; /* NUMBER: values; TEXT: bytes             */
    const char *help;
};

#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
    { "state", "dir", KIND_TEXT, AT(state_dir), "var", 1, 4096, "folder of everything that must survive" },
    { "state", "keys_dir", KIND_TEXT, AT(keys_dir), "", 0, 4096,
      "folder of the sealing keys; empty: keys under state.dir" },
    { "database", "url", KIND_TEXT, AT(database_url), "", 0, 4096,
      "libpq address; empty: a private cluster under state.dir" },
    { "http", "listen", KIND_TEXT, AT(http_listen), "127.0.0.1:8080", 1, 256,
      "address:port, [address]:port or unix:/path" },
    { "http", "public_url", KIND_OPTIONAL_URL, AT(http_public_url), "", 0, 1024, "address people and platforms see" },
    { "http", "workers", KIND_NUMBER, AT(http_workers), "0", 0, 256,
      "threads that answer requests, each with a database connection; half may do slow ones; 0: twice the processors" },
    { "http", "queue", KIND_NUMBER, AT(http_queue), "1024", 1, 65536, "requests that may wait for a thread, per lane" },
    { "http", "web_dir", KIND_TEXT, AT(http_web_dir), "web/dist", 1, 4096, "folder of the built panel" },
    { "http", "trusted_proxy", KIND_TEXT, AT(http_trusted_proxy), "", 0, 64,
      "address whose X-Forwarded-For is believed" },
    { "session", "days", KIND_NUMBER, AT(session_days), "30", 1, 365, "a login lasts this long without use" },
    { "media", "max_bytes", KIND_NUMBER, AT(media_max_bytes), "52428800", 1024, 1024 * MIB, "largest attachment kept" },
    { "media", "upload_max_bytes", KIND_NUMBER, AT(upload_max_bytes), "2147483648", MIB, 65536 * MIB,
      "largest archive taken" },
    { "work", "batch", KIND_NUMBER, AT(work_batch), "500", 1, 10000, "deliveries taken up at once" },
    { "work", "lease_s", KIND_NUMBER, AT(work_lease_s), "60", 5, 3600,
      "seconds until unfinished work is taken up again" },
    { "work", "allow_private_addresses", KIND_BOOL, AT(work_allow_private_addresses), "no", 0, 0,
      "tests only: lets requests go to this machine and its network" },
    { "telegram", "api_base", KIND_URL, AT(telegram_api_base), "https://api.telegram.org", 8, 1024, "Bot API server" },
    { "telegram", "file_base", KIND_URL, AT(telegram_file_base), "https://api.telegram.org/file", 8, 1024,
      "where its files are" },
    { "meta", "graph_base", KIND_URL, AT(meta_graph_base), "https://graph.facebook.com", 8, 1024,
      "Graph API of Facebook, Messenger and WhatsApp" },
    { "meta", "ig_graph_base", KIND_URL, AT(meta_ig_graph_base), "https://graph.instagram.com", 8, 1024,
      "Graph API of Instagram's own login" },
    { "meta", "ig_token_base", KIND_URL, AT(meta_ig_token_base), "https://api.instagram.com", 8, 1024,
      "where Instagram's login hands out tokens" },
    { "meta", "ig_authorize_base", KIND_URL, AT(meta_ig_authorize_base), "https://www.instagram.com", 8, 1024,
      "where a person logs in to Instagram" },
    { "meta", "fb_dialog_base", KIND_URL, AT(meta_fb_dialog_base), "https://www.facebook.com", 8, 1024,
      "where a person logs in to Facebook" },
    { "meta", "api_version", KIND_TEXT, AT(meta_api_version), "v25.0", 2, 16, "version of the Graph API" },
    { "meta", "media_hosts", KIND_TEXT, AT(meta_media_hosts), "lookaside.fbsbx.com,*.fbcdn.net,*.cdninstagram.com", 1,
      1024, "hosts that media may be fetched from" },
    { "line", "api_base", KIND_URL, AT(line_api_base), "https://api.line.me", 8, 1024, "Messaging API" },
    { "line", "data_base", KIND_URL, AT(line_data_base), "https://api-data.line.me", 8, 1024, "where its files are" },
    { "youtube", "api_base", KIND_URL, AT(youtube_api_base), "https://youtube.googleapis.com", 8, 1024, "Data API" },
    { "google", "auth_base", KIND_URL, AT(google_auth_base), "https://accounts.google.com/o/oauth2/v2/auth", 8, 1024,
      "where a person logs in to Google" },
    { "google", "token_url", KIND_URL, AT(google_token_url), "https://oauth2.googleapis.com/token", 8, 1024,
      "where Google hands out tokens" },
    { "google", "revoke_url", KIND_URL, AT(google_revoke_url), "https://oauth2.googleapis.com/revoke", 8, 1024,
      "where Google takes them back" },
    { "x", "api_base", KIND_URL, AT(x_api_base), "https://api.x.com", 8, 1024, "X API" },
    { "x", "authorize_url", KIND_URL, AT(x_authorize_url), "https://x.com/i/oauth2/authorize", 8, 1024,
      "where a person logs in to X" },
    { "log", "level", KIND_LEVEL, AT(log_level), "info", 0, 0, "debug, info, warn or error" },
};

/* The public struct and what keeps its strings. */
struct owner {
    struct config cfg; /* first: config_free() gets here by address */
    struct arena *mem;
    bool is_set[COUNT_OF(settings)];
};

static const struct setting *find(const char *section, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

static const char *member_text(const struct config *cfg, const struct setting *s)
{
    const char *value;

    memcpy(&value, (const char *)cfg + s->offset, sizeof(value));
    return value;
}

static int64_t member_number(const struct config *cfg, const struct setting *s)
{
    int64_t value;

    memcpy(&value, (const char *)cfg + s->offset, sizeof(value));
    return value;
}

static int set_text(struct owner *o, const struct setting *s, struct text value, struct fail *why)
{
    if ((int64_t)value.len < s->min || (int64_t)value.len > s->max)
        return fail(why, FAIL_BAD_FIELD, "must have %lld to %lld bytes", (long long)s->min, (long long)s->max);
    if (!str_utf8_valid(value))
        return fail(why, FAIL_BAD_FIELD, "is not UTF-8");
    bool must_be_url = s->kind == KIND_URL || (s->kind == KIND_OPTIONAL_URL && value.len);
    if (must_be_url && !text_starts(value, TEXT("https://")) && !text_starts(value, TEXT("http://")))
        return fail(why, FAIL_BAD_FIELD, "must begin with https:// or http://");
    /* Addresses are joined with paths that begin with a slash. */
    while (must_be_url && value.len && value.ptr[value.len - 1] == '/')
        value.len--;
    const char *copy = arena_copy(o->mem, value);
    memcpy((char *)&o->cfg + s->offset, &copy, sizeof(copy));
    return 0;
}

static int set_number(struct owner *o, const struct setting *s, struct text value, struct fail *why)
{
    int64_t n;

    if (str_whole_i64(value, &n, s->min, s->max))
        return fail(why, FAIL_BAD_FIELD, "must be a whole number from %lld to %lld", (long long)s->min,
                    (long long)s->max);
    memcpy((char *)&o->cfg + s->offset, &n, sizeof(n));
    return 0;
}

static int set_bool(struct owner *o, const struct setting *s, struct text value, struct fail *why)
{
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_equal_nocase(value, text_of(words[i]))) {
            bool is_on = i % 2 == 1;

            memcpy((char *)&o->cfg + s->offset, &is_on, sizeof(is_on));
            return 0;
        }
    return fail(why, FAIL_BAD_FIELD, "must be yes or no");
}

static int set_level(struct owner *o, const struct setting *s, struct text value, struct fail *why)
{
    static const char *const words[] = { "debug", "info", "warn", "error" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (text_equal(value, text_of(words[i]))) {
            memcpy((char *)&o->cfg + s->offset, &words[i], sizeof(words[i]));
            return 0;
        }
    return fail(why, FAIL_BAD_FIELD, "must be debug, info, warn or error");
}

static int set(struct owner *o, const struct setting *s, const char *value, struct fail *why)
{
    struct text t = text_of(value);

    switch (s->kind) {
    case KIND_NUMBER:
        return set_number(o, s, t, why);
    case KIND_BOOL:
        return set_bool(o, s, t, why);
    case KIND_LEVEL:
        return set_level(o, s, t, why);
    case KIND_TEXT:
    case KIND_URL:
    case KIND_OPTIONAL_URL:
        break;
    }
    return set_text(o, s, t, why);
}

/* inih cuts long lines and does not count them, so the lines are fed to it one by one. */
struct ini_file {
    FILE *file;
    const char *path;
    struct owner *owner;
    struct fail *why;
    long line;
    bool failed;
};

static char *read_line(char *line, int size, void *arg)
{
    struct ini_file *f = arg;

    if (f->failed || !fgets(line, size, f->file))
        return NULL;
    f->line++;
    if (!strchr(line, '\n') && !feof(f->file)) {
        f->failed = true;
        fail_line(f->why, FAIL_BAD_FILE, f->line, "%s:%ld: line is longer than %d bytes", f->path, f->line, size - 2);
        return NULL;
    }
    return line;
}

/* 1 goes on, 0 is an error to inih. */
static int take_pair(void *arg, const char *section, const char *name, const char *value)
{
    struct ini_file *f = arg;
    struct fail because = { .code = FAIL_NONE };
    const struct setting *s = find(section, name);

    if (f->failed)
        return 0;
    f->failed = true;
    if (!s) {
        fail_line(f->why, FAIL_BAD_FILE, f->line, "%s:%ld: unknown setting \"%s\" in section [%s]", f->path, f->line,
                  name, section);
        return 0;
    }
    if (f->owner->is_set[s - settings]) {
        fail_line(f->why, FAIL_BAD_FILE, f->line, "%s:%ld: \"%s\" is set twice", f->path, f->line, name);
        return 0;
    }
    if (set(f->owner, s, value, &because)) {
        fail_line(f->why, FAIL_BAD_FILE, f->line, "%s:%ld: %s.%s %s", f->path, f->line, section, name, because.text);
        return 0;
    }
    f->owner->is_set[s - settings] = true;
    f->failed = false;
    return 1;
}

AUTO_DEFINE(file, FILE *, NULL, fclose)

static int load_file(struct owner *o, const char *path, struct fail *why)
{
    AUTO(file) FILE *file = fopen(path, "re");
    struct ini_file f = { .file = file, .path = path, .owner = o, .why = why };

    if (!file)
        return fail(why, FAIL_BAD_FILE, "cannot read %s: %s", path, strerror(errno));
    int bad_line = ini_parse_stream(read_line, &f, take_pair, &f);
    bool is_earlier = bad_line > 0 && bad_line < f.line;
    if (f.failed && !is_earlier)
        return -1;
    if (ferror(file))
        return fail(why, FAIL_BAD_FILE, "cannot read %s", path);
    if (bad_line)
        return fail_line(why, FAIL_BAD_FILE, bad_line > 0 ? bad_line : 0, "%s:%d: neither [section] nor name = value",
                         path, bad_line);
    return 0;
}

static void environment_name(const struct setting *s, char out[96])
{
    snprintf(out, 96, "TANGGAP_%s_%s", s->section, s->name);
    for (char *p = out; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - ('a' - 'A'));
}

static int load_environment(struct owner *o, struct fail *why)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        struct fail because = { .code = FAIL_NONE };
        char name[96];

        environment_name(&settings[i], name);
        const char *value = getenv(name);
        if (value && set(o, &settings[i], value, &because))
            return fail(why, FAIL_BAD_FILE, "environment variable %s %s", name, because.text);
    }
    return 0;
}

static int load_defaults(struct owner *o, struct fail *why)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (set(o, &settings[i], settings[i].text, why))
            return -1;
    return 0;
}

int config_load(const char *path, struct config **out, struct fail *why)
{
    struct arena *mem = arena_new(0);
    struct owner *o = arena_new_of(mem, struct owner);

    o->mem = mem;
    if (load_defaults(o, why) || (path && load_file(o, path, why)) || load_environment(o, why)) {
        arena_free(mem);
        return -1;
    }
    if (o->cfg.keys_dir[0] == '\0')
        o->cfg.keys_dir = arena_printf(mem, "%s/keys", o->cfg.state_dir);
    *out = &o->cfg;
    return 0;
}

void config_free(struct config *cfg)
{
    if (cfg)
        arena_free(((struct owner *)cfg)->mem);
}

void config_each(const struct config *cfg,
                 void (*row)(const char *section, const char *name, const char *value, const char *help, void *arg),
                 void *arg)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *s = &settings[i];
        char number[24];
        const char *value;

        if (s->kind == KIND_NUMBER) {
            snprintf(number, sizeof(number), "%lld", (long long)member_number(cfg, s));
            value = number;
        } else if (s->kind == KIND_BOOL) {
            value = *((const bool *)((const char *)cfg + s->offset)) ? "yes" : "no";
        } else {
            value = member_text(cfg, s);
        }
        row(s->section, s->name, value, s->help, arg);
    }
}
