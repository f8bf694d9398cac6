/* tanggap doctor: looks at everything that must be right and says in plain words what to mend. Changes nothing. */
#include "db/check.h"
#include "db/migrate.h"
#include "db/query.h"
#include "main/cluster.h"
#include "main/command.h"
#include "main/ready.h"
#include "main/state.h"
#include "util/json_out.h"
#include "util/str.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define MIB               (1024.0 * 1024)
#define DISK_LOW_MIB      1024.0
#define DISK_FULL_MIB     100.0
#define CLOCK_APART_US    (2 * US_PER_S)
#define BACKLOG_LATE_S    60
#define AUTOVACUUM_PAUSE_S 15
#define REPORTED_PROBLEMS 5

struct options {
    bool json, settings;
};

enum finding { FINDING_GOOD, FINDING_NOTE, FINDING_BAD };

struct doctor {
    const struct invocation *in;
    struct options options;
    struct config *cfg;
    struct arena *mem;
    int bad, notes, problems;
};

static void say(struct doctor *d, enum finding kind, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One finding; the text of a bad one ends with what to do. */
static void say(struct doctor *d, enum finding kind, const char *what, const char *format, ...)
{
    static const char *const marks[] = { " ok ", "note", "MEND" };
    static const char *const words[] = { "ok", "note", "mend" };
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    d->bad += kind == FINDING_BAD;
    d->notes += kind == FINDING_NOTE;
    if (!d->options.json) {
        printf("[%s] %s: %s\n", marks[kind], what, text);
        return;
    }
    struct buf line = BUF_INIT(16384);
    struct json_out j = json_out(&line);
    jo_object(&j);
    jo_kv(&j, "what", jo_str, what);
    jo_kv(&j, "state", jo_str, words[kind]);
    jo_kv(&j, "text", jo_str, text);
    jo_end_object(&j);
    puts(line.failed ? "{}" : line.ptr);
    buf_fini(&line);
}

/* A password may stand in database.url; everything else may be shown. */
static void print_setting(const char *section, const char *name, const char *value, const char *help, void *arg)
{
    struct doctor *d = arg;
    bool may_hold_secret = strcmp(section, "database") == 0 && strcmp(name, "url") == 0 &&
                           (strstr(value, "://") || strstr(value, "password"));

    char full[96];

    snprintf(full, sizeof(full), "%s.%s", section, name);
    if (!d->options.json)
        printf("  %-32s = %-32s ; %s\n", full, may_hold_secret ? "(hidden)" : value, help);
}

static void look_at_folder(struct doctor *d)
{
    struct state_user web, work;
    struct stat st;
    struct statvfs fs;

    if (stat(d->cfg->state_dir, &st)) {
        say(d, FINDING_BAD, "state folder", "%s: %s. Start Tanggap once (deploy/run); it makes the folder.",
            d->cfg->state_dir, strerror(errno));
        return;
    }
    if (state_users(&web, &work) && st.st_uid == work.uid)
        say(d, FINDING_GOOD, "separation", "serve runs as %s and cannot open stored tokens", STATE_USER_WEB);
    else
        say(d, FINDING_NOTE, "separation",
            "everything runs as one user, so serve could read the sealing key. Started by root, deploy/run keeps them "
            "apart.");
    if (st.st_mode & S_IRWXO)
        say(d, FINDING_BAD, "state folder", "%s is open to every user of this machine: chmod o= %s", d->cfg->state_dir,
            d->cfg->state_dir);
    if (statvfs(d->cfg->state_dir, &fs))
        return;
    double free_mib = (double)fs.f_bavail * (double)fs.f_frsize / MIB;
    enum finding kind = free_mib < DISK_FULL_MIB ? FINDING_BAD : free_mib < DISK_LOW_MIB ? FINDING_NOTE : FINDING_GOOD;
    say(d, kind, "disk", "%.0f MiB free under %s%s", free_mib, d->cfg->state_dir,
        kind == FINDING_GOOD ? "" : "; make room, or messages cannot be stored");
}

static void look_at_keys(struct doctor *d)
{
    struct fail why = { .code = FAIL_NONE };
    struct seal_key key;

    if (state_load_keys(d->cfg, true, &key, &why))
        say(d, FINDING_BAD, "sealing key", "%s. Restore %s from your backup; without it stored tokens are lost.",
            why.text, d->cfg->keys_dir);
    else
        say(d, key.can_open ? FINDING_GOOD : FINDING_NOTE, "sealing key",
            key.can_open ? "there, both halves" : "the secret half is not readable for this user");
    crypto_wipe(&key, sizeof(key));
}

static void look_at_clock(struct doctor *d)
{
    struct timex now = { .modes = 0 };
    int state = adjtimex(&now);

    if (state == TIME_ERROR || (now.status & STA_UNSYNC))
        say(d, FINDING_NOTE, "clock", "nothing keeps this machine's clock right; install systemd-timesyncd or chrony");
    else
        say(d, FINDING_GOOD, "clock", "kept right by the system");
}

static void look_at_panel(struct doctor *d)
{
    const char *index = arena_printf(d->mem, "%s/index.html", d->cfg->http_web_dir);

    if (access(index, R_OK))
        say(d, FINDING_BAD, "panel", "%s: %s. Build it with make, or set http.web_dir.", index, strerror(errno));
    else
        say(d, FINDING_GOOD, "panel", "built, in %s", d->cfg->http_web_dir);
    if (ready_ask(d->cfg->http_listen) > 0)
        say(d, FINDING_GOOD, "serve", "answers at %s", d->cfg->http_listen);
    else
        say(d, FINDING_NOTE, "serve", "nobody answers at %s; is Tanggap stopped?", d->cfg->http_listen);
    if (d->cfg->http_public_url[0] == '\0')
        say(d, FINDING_NOTE, "public address",
            "none is set: installing the panel, notices and webhooks need https (deploy/run --public DOMAIN)");
    else if (!text_starts(text_of(d->cfg->http_public_url), TEXT("https://")))
        say(d, FINDING_BAD, "public address", "%s is not https: logins would travel open", d->cfg->http_public_url);
    else
        say(d, FINDING_GOOD, "public address", "%s", d->cfg->http_public_url);
    if (d->cfg->work_allow_private_addresses)
        say(d, FINDING_BAD, "address guard", "work.allow_private_addresses is on; it is for tests only");
}

static void statement_problem(const char *name, const char *problem, void *arg)
{
    struct doctor *d = arg;

    if (++d->problems <= REPORTED_PROBLEMS)
        say(d, FINDING_BAD, "statement", "%s: %s", name, problem);
}

/* Every statement that this role runs, planned under its own grants. */
static void look_at_statements(struct doctor *d, enum desk_role role)
{
    struct db_options options = desk_db_options(d->cfg, role, "tanggap-doctor", d->mem);
    struct fail why = { .code = FAIL_NONE };
    struct db *db = db_new(&options);

    d->problems = 0;
    int failed = db_check_statements(db, statement_problem, d, &why);
    if (failed < 0)
        say(d, FINDING_BAD, desk_role_name(role), "cannot use the database: %s", why.text);
    else if (failed)
        say(d, FINDING_BAD, desk_role_name(role), "%d statements do not run; tanggap migrate may help", failed);
    else
        say(d, FINDING_GOOD, desk_role_name(role), "may do all it needs");
    db_free(db);
}

struct health {
    int64_t unparsed, waiting, oldest_s, given_up, undecided, broken, businesses, people;
    time_us now;
};

static void judge_health(struct doctor *d, const struct health *h)
{
    int64_t apart = h->now - clock_now();

    if (h->oldest_s > BACKLOG_LATE_S)
        say(d, FINDING_BAD, "deliveries", "%lld wait, the oldest for %lld s: is tanggap work running?",
            (long long)h->waiting, (long long)h->oldest_s);
    else
        say(d, FINDING_GOOD, "deliveries", "%lld wait to be read", (long long)h->waiting);
    if (h->unparsed)
        say(d, FINDING_NOTE, "deliveries", "%lld could not be read and are kept; please report them",
            (long long)h->unparsed);
    if (h->given_up)
        say(d, FINDING_NOTE, "jobs", "%lld were given up", (long long)h->given_up);
    if (h->undecided)
        say(d, FINDING_NOTE, "answers", "%lld are undecided: somebody has to look in the panel whether they arrived",
            (long long)h->undecided);
    if (h->broken)
        say(d, FINDING_BAD, "channels", "%lld are broken; tanggap channel list shows why", (long long)h->broken);
    if (h->businesses == 0 || h->people == 0)
        say(d, FINDING_NOTE, "people", "nobody can log in yet: tanggap business add, tanggap person add");
    else
        say(d, FINDING_GOOD, "people", "%lld can log in, %lld businesses", (long long)h->people,
            (long long)h->businesses);
    if (apart > CLOCK_APART_US || apart < -CLOCK_APART_US)
        say(d, FINDING_BAD, "clock", "the database's clock is %lld s away from this machine's",
            (long long)(apart / US_PER_S));
}

/* Our own cluster has it as it must be; a server of somebody else's has its own ideas. */
static void look_at_autovacuum(struct doctor *d, struct ctx *c)
{
    bool is_on = false;
    int64_t pause_s = 0;

    db_enter_system(c);
    int rc = db_one(c, SQL_DESK_AUTOVACUUM, NO_IN, OUT(OUT_BOOL(&is_on), OUT_I64(&pause_s)));
    db_leave(c);
    if (rc != 1)
        say(d, FINDING_BAD, "database", "cannot be asked: %s", c->fail.text);
    else if (!is_on)
        say(d, FINDING_BAD, "autovacuum", "is off on the server of database.url; set autovacuum = on, or it will slow down "
                                          "and fill its disk");
    else if (pause_s > AUTOVACUUM_PAUSE_S)
        say(d, FINDING_NOTE, "autovacuum", "looks only every %lld s on the server of database.url; set autovacuum_naptime = "
                                           "5s, or new tables are slow for minutes", (long long)pause_s);
    else
        say(d, FINDING_GOOD, "autovacuum", "on, looks every %lld s", (long long)pause_s);
}

static void look_at_health(struct doctor *d)
{
    struct db_options options = desk_db_options(d->cfg, DESK_OWNER, "tanggap-doctor", d->mem);
    struct db *db = db_new(&options);
    struct ctx c = { .db = db, .mem = d->mem, .cfg = d->cfg };
    struct health h = { .now = 0 };

    db_enter_system(&c);
    int rc = db_one(&c, SQL_DESK_HEALTH, NO_IN,
                    OUT(OUT_I64(&h.unparsed), OUT_I64(&h.waiting), OUT_I64(&h.oldest_s), OUT_I64(&h.given_up),
                        OUT_I64(&h.undecided), OUT_I64(&h.broken), OUT_I64(&h.businesses), OUT_I64(&h.people),
                        OUT_TIME(&h.now)));
    db_leave(&c);
    if (rc == 1)
        judge_health(d, &h);
    else
        say(d, FINDING_BAD, "database", "cannot be asked: %s", c.fail.text);
    if (!cluster_is_ours(d->cfg))
        look_at_autovacuum(d, &c);
    db_free(db);
}

static void look_at_database(struct doctor *d)
{
    struct db_options options = desk_db_options(d->cfg, DESK_OWNER, "tanggap-doctor", d->mem);
    struct fail why = { .code = FAIL_NONE };
    struct db *db = db_new(&options);
    int version = 0;
    bool is_reached = db_connect(db, &why) == 0;
    int schema = is_reached ? migrate_check(db, &version, &why) : -1;

    db_free(db);
    if (!is_reached)
        say(d, FINDING_BAD, "database", "%s. %s", why.text,
            cluster_is_ours(d->cfg) ? "Start Tanggap (deploy/run), or see log/ in the state folder."
                                    : "Check database.url and that its server runs.");
    else if (schema < 0)
        say(d, FINDING_BAD, "database", "%s", why.text);
    else if (schema == 0)
        say(d, FINDING_BAD, "database", "the schema is older than this program (version %d): tanggap migrate", version);
    else
        say(d, FINDING_GOOD, "database", "reached, schema version %d, %s", version,
            cluster_is_ours(d->cfg) ? "private cluster" : "server of database.url");
    if (schema != 1)
        return;
    look_at_statements(d, DESK_WEB);
    look_at_statements(d, DESK_WORK);
    look_at_statements(d, DESK_OWNER);
    look_at_health(d);
}

int command_doctor(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "settings", OPTION_FLAG, false, offsetof(struct options, settings), NULL, "also show all settings" },
        { "json", OPTION_FLAG, false, offsetof(struct options, json), NULL, "one JSON object a line" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "",
        "Checks settings, state folder, keys, database, every SQL statement under every role's grants, panel, clock\n"
        "and disk, and says what to mend. Changes nothing. Exit code 1 when something must be mended.",
        rows, 0, 0
    };
    struct doctor d = { .in = in };
    struct fail why = { .code = FAIL_NONE };
    int stop = command_options(in, &usage, &d.options);

    if (stop >= 0)
        return stop;
    d.cfg = command_config(in);
    if (!d.cfg)
        return COMMAND_FAILED;
    d.mem = arena_new(0);
    say(&d, FINDING_GOOD, "settings", "%s", in->config_path ? in->config_path : "understood");
    if (d.options.settings)
        config_each(d.cfg, print_setting, &d);
    if (state_become_owner(d.cfg, &why))
        say(&d, FINDING_BAD, "state folder", "%s", why.text);
    look_at_folder(&d);
    look_at_keys(&d);
    look_at_clock(&d);
    look_at_panel(&d);
    look_at_database(&d);
    if (!d.options.json && d.bad)
        printf("\n%d things to mend.\n", d.bad);
    else if (!d.options.json)
        printf("\nNothing to mend.\n");
    arena_free(d.mem);
    config_free(d.cfg);
    return d.bad ? COMMAND_FAILED : COMMAND_DONE;
}
