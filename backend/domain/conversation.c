/* A conversation read, and acted upon. */
#include "domain/conversation.h"

#include "domain/audit.h"
#include "domain/ingest.h"

int conversation_place(struct ctx *c, int64_t id, struct conversation_place *out)
{
    struct conversation_place p = { .conversation = id };
    int rc = db_one(c, SQL_CONVERSATION_PLACE, IN(IN_I64(c->who.business), IN_I64(id)),
                    OUT(OUT_I64(&p.thread), OUT_I64(&p.channel), OUT_I64(&p.contact), OUT_I16(&p.status),
                        OUT_BOOL(&p.is_head), OUT_I16(&p.type), OUT_TEXT(&p.detail), OUT_I16(&p.platform),
                        OUT_I16(&p.transport), OUT_I16(&p.channel_status), OUT_BOOL(&p.is_blocked),
                        OUT_I64(&p.last_message), OUT_TIME(&p.last_in_at)));

    if (rc == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "no conversation %lld", (long long)id);
    if (rc == 1)
        *out = p;
    return rc == 1 ? 0 : -1;
}

struct episode_rows {
    struct episode at;
    episode_fn *row;
    void *arg;
};

static int each_episode(void *arg)
{
    struct episode_rows *r = arg;

    return r->row(&r->at, r->arg);
}

int conversation_episodes(struct ctx *c, int64_t thread, episode_fn *row, void *arg)
{
    struct episode_rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_CONVERSATION_EPISODES, IN(IN_I64(c->who.business), IN_I64(thread)),
                   OUT(OUT_I64(&r.at.id), OUT_TIME(&r.at.first_at), OUT_TIME(&r.at.last_at), OUT_I16(&r.at.status),
                       OUT_TIME(&r.at.resolved_at), OUT_TEXT(&r.at.resolved_by)),
                   each_episode, &r);
}

struct message_rows {
    struct message_view at;
    struct conversation_beside beside;
    message_fn *row;
    void *arg;
};

static int each_message(void *arg)
{
    struct message_rows *r = arg;

    return r->at.id ? r->row(&r->at, r->arg) : 0;
}

int message_page(struct ctx *c, int64_t conversation, time_us at, int64_t id, int64_t limit, message_fn *row, void *arg,
                 struct conversation_beside *beside)
{
    struct message_rows r = { .row = row, .arg = arg };
    struct message_view *m = &r.at;

    if (db_each(c, SQL_MESSAGE_PAGE,
                IN(IN_I64(c->who.business), IN_I64(conversation), IN_TIME(at), IN_I64(id), IN_I64(limit)),
                OUT(OUT_I64(&m->id), OUT_TEXT(&m->external_id), OUT_I64(&m->conversation), OUT_I16(&m->direction),
                    OUT_I16(&m->sender_kind), OUT_I16(&m->device), OUT_I16(&m->kind), OUT_I64(&m->identity),
                    OUT_TEXT(&m->author_name), OUT_I64(&m->person), OUT_TEXT(&m->person_name), OUT_TIME(&m->sent_at),
                    OUT_TEXT(&m->text), OUT_TEXT(&m->entities), OUT_TIME(&m->edited_at), OUT_TIME(&m->deleted_at),
                    OUT_I16(&m->version), OUT_I64(&m->reply_to), OUT_TEXT(&m->reply_text), OUT_TEXT(&m->reply_name),
                    OUT_BOOL(&m->has_reply_to), OUT_I16(&m->delivery), OUT_TEXT(&m->fail_text), OUT_TEXT(&m->detail),
                    OUT_BOOL(&m->is_backfill), OUT_TEXT(&m->attachments), OUT_TEXT(&m->reactions), OUT_TEXT(&m->moderation),
                    OUT_I64(&r.beside.thread), OUT_BOOL(&r.beside.has_pending), OUT_BOOL(&r.beside.has_activity)),
                each_message, &r))
        return -1;
    if (!r.beside.thread)
        return fail(&c->fail, FAIL_NOT_FOUND, "no such conversation");
    *beside = r.beside;
    return 0;
}

int message_at(struct ctx *c, int64_t id, message_fn *row, void *arg)
{
    struct conversation_beside ignored;
    int64_t thread = 0, conversation = 0;
    time_us at = TIME_NONE;
    int rc = db_one(c, SQL_MESSAGE_PLACE, IN(IN_I64(c->who.business), IN_I64(id)),
                    OUT(OUT_I64(&thread), OUT_I64(&conversation), OUT_TIME(&at)));

    return rc <= 0 ? rc : message_page(c, conversation, at, id + 1, 1, row, arg, &ignored);
}

struct version_rows {
    struct message_version_view at;
    message_version_fn *row;
    void *arg;
};

static int each_version(void *arg)
{
    struct version_rows *r = arg;

    return r->row(&r->at, r->arg);
}

int message_versions(struct ctx *c, int64_t message, message_version_fn *row, void *arg)
{
    struct version_rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_MESSAGE_VERSIONS, IN(IN_I64(c->who.business), IN_I64(message)),
                   OUT(OUT_I16(&r.at.version), OUT_TIME(&r.at.seen_at), OUT_TEXT(&r.at.text)), each_version, &r);
}

struct activity_rows {
    struct activity_view at;
    activity_fn *row;
    void *arg;
};

static int each_activity(void *arg)
{
    struct activity_rows *r = arg;

    return r->row(&r->at, r->arg);
}

int activity_since(struct ctx *c, int64_t thread, time_us since, activity_fn *row, void *arg)
{
    struct activity_rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_ACTIVITY_PAGE, IN(IN_I64(c->who.business), IN_I64(thread), IN_TIME(since)),
                   OUT(OUT_I64(&r.at.id), OUT_I16(&r.at.kind), OUT_TEXT(&r.at.person), OUT_TIME(&r.at.at),
                       OUT_I64(&r.at.conversation), OUT_TEXT(&r.at.detail)),
                   each_activity, &r);
}

/* ---- acts ---- */

struct acting {
    int64_t id, person;
    enum conversation_act act;
    const char *reason;
    int64_t thread;
};

struct now_is {
    int16_t status;
    int64_t assignee;
    bool is_head;
};

static int lock(struct ctx *c, int64_t id, int64_t *thread, struct now_is *now)
{
    int rc = db_one(c, SQL_CONVERSATION_LOCK, IN(IN_I64(c->who.business), IN_I64(id)),
                    OUT(OUT_I64(thread), OUT_I16(&now->status), OUT_I64(&now->assignee), OUT_BOOL(&now->is_head)));

    return rc == 0 ? fail(&c->fail, FAIL_NOT_FOUND, "no conversation %lld", (long long)id) : rc == 1 ? 0 : -1;
}

static int note_activity(struct ctx *c, int64_t id, enum activity_kind kind, struct text detail)
{
    return db_do(c, SQL_ACTIVITY_ADD, IN(IN_I64(c->who.business), IN_I64(id), IN_I16(kind), IN_JSON(detail))) < 0 ? -1
                                                                                                               : 0;
}

/* From which states an act is possible, and what it makes of the status. The clocks follow from status and activity:
 * ingest_refresh_threads() computes them. */
static const struct act {
    unsigned from;               /* bit (1 << status) */
    int to;                      /* -1: stays         */
    enum activity_kind kind;
    const char *action;
} acts[ACT_COUNT] = {
    [ACT_RESOLVE] = { 1u << CONVERSATION_OPEN | 1u << CONVERSATION_SNOOZED, CONVERSATION_RESOLVED, ACTIVITY_RESOLVED,
                      "conversation.resolve" },
    [ACT_REOPEN] = { 1u << CONVERSATION_RESOLVED | 1u << CONVERSATION_SNOOZED, CONVERSATION_OPEN, ACTIVITY_REOPENED,
                     "conversation.reopen" },
    [ACT_SPAM] = { 1u << CONVERSATION_OPEN | 1u << CONVERSATION_SNOOZED | 1u << CONVERSATION_RESOLVED,
                   CONVERSATION_SPAM, ACTIVITY_SPAM, "conversation.spam" },
    [ACT_NOT_SPAM] = { 1u << CONVERSATION_SPAM, CONVERSATION_OPEN, ACTIVITY_NOT_SPAM, "conversation.not_spam" },
    [ACT_NO_REPLY] = { 1u << CONVERSATION_OPEN | 1u << CONVERSATION_SNOOZED | 1u << CONVERSATION_RESOLVED, -1,
                       ACTIVITY_NO_REPLY, "conversation.no_reply" },
};

static int run_act(struct ctx *c, void *arg)
{
    struct acting *a = arg;
    const struct act *act = &acts[a->act];
    struct now_is now = { 0 };
    int64_t b = c->who.business, n;

    /* Before any row lock, as the ingest does it: the other way round the two would wait for each other. */
    if (ingest_lock(c) || lock(c, a->id, &a->thread, &now))
        return -1;
    if (act->to >= 0 && now.status == act->to)
        return 0;
    if (!(act->from >> now.status & 1))
        return fail(&c->fail, FAIL_CONFLICT, "not possible in status %d", now.status);
    if (act->to >= 0)
        n = db_do(c, SQL_CONVERSATION_STATUS_SET, IN(IN_I64(b), IN_I64(a->id), IN_I16(act->to)));
    else
        n = db_do(c, SQL_CONVERSATION_TOUCH, IN(IN_I64(b), IN_I64(a->id)));
    if (n < 0)
        return -1;
    struct text detail = a->reason ? text_of(arena_printf(c->mem, "{\"reason\":\"%s\"}", a->reason)) : TEXT("{}");
    if (note_activity(c, a->id, act->kind, detail) || ingest_refresh_threads(c, &a->thread, 1))
        return -1;
    return audit_add(c, act->action, arena_printf(c->mem, "conversation:%lld", (long long)a->id), detail);
}

int conversation_act(struct ctx *c, int64_t id, enum conversation_act act, const char *reason, int64_t *thread)
{
    struct acting a = { .id = id, .act = act, .reason = reason };

    if (db_tx(c, run_act, &a))
        return -1;
    *thread = a.thread;
    return 0;
}

static int run_assign(struct ctx *c, void *arg)
{
    struct acting *a = arg;
    struct now_is now = { 0 };

    if (lock(c, a->id, &a->thread, &now))
        return -1;
    if (now.assignee == a->person)
        return 0;
    int64_t n = db_do(c, SQL_CONVERSATION_ASSIGN, IN(IN_I64(c->who.business), IN_I64(a->id), IN_ID(a->person)));
    if (n == 0)
        return fail_field(&c->fail, "person", "no member of this business");
    if (n < 0)
        return -1;
    struct text detail = text_of(arena_printf(c->mem, "{\"person\":\"%lld\"}", (long long)a->person));
    if (note_activity(c, a->id, ACTIVITY_ASSIGNED, detail))
        return -1;
    return audit_add(c, "conversation.assign", arena_printf(c->mem, "conversation:%lld", (long long)a->id), detail);
}

int conversation_assign(struct ctx *c, int64_t id, int64_t person, int64_t *thread)
{
    struct acting a = { .id = id, .person = person };

    if (db_tx(c, run_assign, &a))
        return -1;
    *thread = a.thread;
    return 0;
}

int conversation_read(struct ctx *c, int64_t id, int64_t message)
{
    struct conversation_place place;
    int64_t thread = 0, conversation = 0;
    time_us at = TIME_NONE;

    if (conversation_place(c, id, &place))
        return -1;
    int rc = db_one(c, SQL_MESSAGE_PLACE, IN(IN_I64(c->who.business), IN_I64(message)),
                    OUT(OUT_I64(&thread), OUT_I64(&conversation), OUT_TIME(&at)));
    if (rc < 0)
        return -1;
    if (rc == 0 || thread != place.thread)
        return fail_field(&c->fail, "message", "not a message of this conversation");
    return db_do(c, SQL_THREAD_READ_SET, IN(IN_I64(c->who.business), IN_I64(thread), IN_TIME(at))) < 0 ? -1 : 0;
}
