/* tanggap import FILE…: archives into a channel, each all or nothing. */
#include "db/listen.h"
#include "db/query.h"
#include "domain/archive.h"
#include "jobs/import_run.h"
#include "main/command.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX   256
#define REDRAW_MS   100
#define BAR_COLUMNS 30

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct options {
    const char *business, *channel, *self, *zone, *date_order;
    int64_t undo;                      /* archive to take back; 0: none */
    bool json;
};

struct file {
    int fd;
    const char *name;
    int64_t size;
};

struct work {
    const struct options *o;
    struct desk *d;
    struct text zone;
    enum date_order date_order;
    int64_t channel;
    bool has_bar;
    struct mono_us redraw;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int open_files(const struct invocation *in, struct file *files)
{
    for (int i = 0; i < in->argc; i++) {
        struct stat st;

        files[i].fd = open(in->argv[i], O_RDONLY | O_CLOEXEC);
        if (files[i].fd < 0 || fstat(files[i].fd, &st) || !S_ISREG(st.st_mode)) {
            fprintf(stderr, "tanggap %s: cannot read %s: %s\n", in->name, in->argv[i],
                    files[i].fd < 0 ? strerror(errno) : "not a plain file");
            return -1;
        }
        files[i].name = base_name(in->argv[i]);
        files[i].size = st.st_size;
    }
    return 0;
}

static int draw_bar(const struct import_progress *p, void *arg)
{
    struct work *w = arg;
    char bar[BAR_COLUMNS + 1];

    if (!w->has_bar || !mono_passed(w->redraw))
        return 0;
    w->redraw = mono_after_ms(REDRAW_MS);
    int64_t full = p->bytes_total > 0 ? p->bytes * BAR_COLUMNS / p->bytes_total : 0;
    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    fprintf(stderr, "\r[%s] %lld %s ", bar, (long long)p->messages, p->is_merging ? "stored " : "read   ");
    return 0;
}

static void clear_bar(const struct work *w)
{
    if (w->has_bar)
        fprintf(stderr, "\r%*s\r", BAR_COLUMNS + 40, "");
}

static int end_archive(struct ctx *c, struct import_run *run, void *arg)
{
    (void)arg;
    return db_do(c, SQL_DESK_END_ARCHIVE,
                 IN(IN_I64(c->who.business), IN_I64(run->archive), IN_I16(ARCHIVE_DONE), IN_JSON(run->summary),
                    IN_ID(run->channel), IN_STR(run->format))) < 0
               ? -1
               : 0;
}

/* What was left out and why: " (empty 2, no_time 1)". */
static void print_reasons(struct text summary)
{
    json_error_t ignored;
    AUTO(json) json_t *all = json_loadb(summary.ptr, summary.len, 0, &ignored);
    const char *key, *before = " (";
    json_t *value;

    json_object_foreach(json_object_get(all, "reasons"), key, value)
    {
        printf("%s%s %lld", before, key, (long long)json_integer_value(value));
        before = ", ";
    }
    if (before[0] == ',')
        fputs(")", stdout);
}

static void print_summary(const struct work *w, const struct file *f, const struct import_run *run)
{
    const struct import_summary *n = &run->counts;
    json_error_t ignored;
    AUTO(json) json_t *all = json_loadb(run->summary.ptr, run->summary.len, 0, &ignored);

    if (w->o->json) {
        printf("%.*s\n", (int)run->summary.len, run->summary.ptr);
        return;
    }
    printf("%s: %lld read, %lld new, %lld already there, %lld skipped", f->name,
           (long long)json_integer_value(json_object_get(all, "read")), (long long)n->fresh, (long long)n->known,
           (long long)json_integer_value(json_object_get(all, "skipped")));
    print_reasons(run->summary);
    printf("; %lld people, %lld conversations, %lld unanswered\n", (long long)n->people, (long long)n->conversations,
           (long long)n->unanswered);
    printf("%s is archive %lld; to take it back: tanggap import --undo %lld\n", f->name, (long long)run->archive,
           (long long)run->archive);
    if (json_is_true(json_object_get(all, "own_words_only")))
        printf("%s holds only what the account's owner wrote, nobody else's words\n", f->name);
}

/* The file leaves something open that only a person can say. */
static int ask(const struct invocation *in, const struct file *f, const struct import_run *run)
{
    json_error_t ignored;
    AUTO(json) json_t *all = json_loadb(run->summary.ptr, run->summary.len, 0, &ignored);
    size_t i;
    json_t *author;

    if (strcmp(run->question, "self") != 0) {
        fprintf(stderr, "tanggap %s: %s: its dates can be read in two ways; say --date-order dmy or mdy\n", in->name,
                f->name);
        return COMMAND_FAILED;
    }
    fprintf(stderr, "tanggap %s: %s: which name is yours? Say --self NAME. In it are:\n", in->name, f->name);
    json_array_foreach(json_object_get(all, "authors"), i, author)
        fprintf(stderr, "  %s (%lld)\n", json_string_value(json_object_get(author, "name")),
                (long long)json_integer_value(json_object_get(author, "messages")));
    return COMMAND_FAILED;
}

static int import_file(const struct invocation *in, struct work *w, const struct file *f)
{
    struct ctx *c = &w->d->c;
    struct import_run run = {
        .fd = f->fd,
        .file_name = text_of(f->name),
        .channel = w->channel,
        .zone = w->zone,
        .self = text_of(w->o->self),
        .date_order = w->date_order,
        .may_ask = true,
        .progress = draw_bar,
        .finish = end_archive,
        .arg = w,
    };

    if (db_one(c, SQL_DESK_ADD_ARCHIVE, IN(IN_I64(c->who.business), IN_STR(f->name), IN_I64(f->size)),
               OUT(OUT_I64(&run.archive))) != 1)
        return command_failed(in, &c->fail);
    int rc = import_run(c, &run);
    clear_bar(w);
    if (rc == 0 && !run.question) {
        print_summary(w, f, &run);
        return import_media(c, f->fd, run.archive, NULL, NULL) ? command_failed(in, &c->fail) : COMMAND_DONE;
    }
    struct fail why = c->fail;
    if (db_do(c, SQL_DESK_DROP_ARCHIVE, IN(IN_I64(c->who.business), IN_I64(run.archive))) < 0)
        command_failed(in, &c->fail);
    if (run.question)
        return ask(in, f, &run);
    fprintf(stderr, "%s: nothing was imported.\n", f->name);
    return command_failed(in, &why);
}

static int prepare(struct work *w)
{
    struct ctx *c = &w->d->c;

    if (desk_enter_business(w->d, w->o->business) ||
        (w->o->channel && desk_find_channel(w->d, w->o->channel, &w->channel)))
        return -1;
    if (w->o->zone)
        w->zone = text_of(w->o->zone);
    else if (db_one(c, SQL_DESK_BUSINESS_ZONE, IN(IN_I64(c->who.business)), OUT(OUT_TEXT(&w->zone))) != 1)
        return -1;
    w->zone = arena_text(c->mem, w->zone);
    return 0;
}

static void tell_panels(struct desk *d)
{
    struct db_options o = desk_db_options(d->cfg, DESK_WORK, "tanggap-command", d->mem);
    struct notifier *n = notifier_new(&o);

    notifier_panel(n, d->c.who.business, "archive", 0);
    notifier_panel(n, d->c.who.business, "conversation", 0);
    notifier_free(n);
}

/* Exactly what an earlier import brought goes again. */
static int take_back(const struct invocation *in, struct work *w)
{
    struct import_undone done;

    if (prepare(w) || import_undo(&w->d->c, w->o->undo, &done))
        return command_failed(in, &w->d->c.fail);
    tell_panels(w->d);
    if (w->o->json)
        printf("{\"messages\":%lld,\"kept\":%lld,\"people\":%lld}\n", (long long)done.messages, (long long)done.kept,
               (long long)done.people);
    else
        printf("archive %lld taken back: %lld messages and %lld people gone, %lld messages stay because another file told them "
               "too\n",
               (long long)w->o->undo, (long long)done.messages, (long long)done.people, (long long)done.kept);
    return COMMAND_DONE;
}

static int import_all(const struct invocation *in, struct work *w, const struct file *files)
{
    int rc = COMMAND_DONE;

    if (prepare(w))
        return command_failed(in, &w->d->c.fail);
    for (int i = 0; i < in->argc && rc == COMMAND_DONE; i++)
        rc = import_file(in, w, &files[i]);
    tell_panels(w->d);
    return rc;
}

static bool order_from_word(const char *word, enum date_order *out)
{
    static const char *const words[] = { "auto", "dmy", "mdy", "ymd" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (enum date_order)i;
            return true;
        }
    return false;
}

int command_import(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "channel", OPTION_TEXT, false, offsetof(struct options, channel), "CHANNEL",
          "where it belongs, by number or name; the one for files of its platform" },
        { "business", OPTION_TEXT, false, offsetof(struct options, business), "B",
          "number or name of the business; the only one" },
        { "self", OPTION_TEXT, false, offsetof(struct options, self), "NAME", "your own name in the file" },
        { "tz", OPTION_TEXT, false, offsetof(struct options, zone), "ZONE", "of its times; the business's" },
        { "date-order", OPTION_TEXT, false, offsetof(struct options, date_order), "ORDER", "auto, dmy, mdy or ymd" },
        { "undo", OPTION_NUMBER, false, offsetof(struct options, undo), "ARCHIVE",
          "takes an import back instead, by the number it was given: exactly its messages go" },
        { "json", OPTION_FLAG, false, offsetof(struct options, json), NULL, "the summary as JSON" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "FILE…",
                                                "Imports exports (WhatsApp and LINE text, Telegram, Facebook and Instagram JSON, X, "
                                                "YouTube, tables, events; zips of them),\n"
                                                "each all or nothing. The same file twice, or two that overlap, give every "
                                                "message once.",
                                                rows, 0, FILES_MAX };
    struct options o = { .date_order = "auto" };
    struct file files[FILES_MAX];
    struct desk d;
    struct work w = { .o = &o, .d = &d, .has_bar = isatty(STDERR_FILENO) };
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (!o.undo == !in->argc)
        return command_misused(in, o.undo ? "--undo takes no FILE" : "which FILE?");
    if (!order_from_word(o.date_order, &w.date_order))
        return command_misused(in, "--date-order is auto, dmy, mdy or ymd");
    if (open_files(in, files) || desk_open(&d, in, DESK_WORK))
        return COMMAND_FAILED;
    int rc = o.undo ? take_back(in, &w) : import_all(in, &w, files);
    db_leave(&d.c);
    for (int i = 0; i < in->argc; i++)
        close(files[i].fd);
    desk_close(&d);
    return rc;
}
