/* Pages of the inbox. */
#include "domain/inbox.h"

struct rows {
    struct inbox_row at;
    inbox_row_fn *row;
    void *arg;
};

#define ROW_OUT(r)                                                                                                  \
    OUT(OUT_I64(&(r).id), OUT_I64(&(r).thread), OUT_I16(&(r).type), OUT_I64(&(r).channel), OUT_I16(&(r).platform),  \
        OUT_TEXT(&(r).name), OUT_I64(&(r).contact), OUT_TEXT(&(r).preview), OUT_I16(&(r).last_side),                \
        OUT_TIME(&(r).last_at), OUT_TIME(&(r).wait_since), OUT_I16(&(r).status), OUT_I64(&(r).assignee),            \
        OUT_BOOL(&(r).unread), OUT_BOOL(&(r).is_backfill), OUT_TIME(&(r).first_at), OUT_TIME(&(r).last_in_at))

static int each_row(void *arg)
{
    struct rows *r = arg;

    return r->row(&r->at, r->arg);
}

int inbox_page(struct ctx *c, const struct inbox_query *q, inbox_row_fn *row, void *arg)
{
    static const struct {
        enum sql_id all, one_channel;
        int status;                        /* -1: the statement says it itself */
    } views[INBOX_VIEW_COUNT] = {
        [INBOX_WAITING] = { SQL_INBOX_WAITING, SQL_INBOX_WAITING_CHANNEL, -1 },
        [INBOX_OPEN] = { SQL_INBOX_STATUS, SQL_INBOX_STATUS_CHANNEL, CONVERSATION_OPEN },
        [INBOX_MINE] = { SQL_INBOX_MINE, SQL_INBOX_MINE_CHANNEL, -1 },
        [INBOX_UNASSIGNED] = { SQL_INBOX_UNASSIGNED, SQL_INBOX_UNASSIGNED_CHANNEL, -1 },
        [INBOX_RESOLVED] = { SQL_INBOX_STATUS, SQL_INBOX_STATUS_CHANNEL, CONVERSATION_RESOLVED },
        [INBOX_SPAM] = { SQL_INBOX_STATUS, SQL_INBOX_STATUS_CHANNEL, CONVERSATION_SPAM },
    };
    struct rows r = { .row = row, .arg = arg };
    struct db_in in[6] = { IN_I64(c->who.business), IN_TIME(q->after_at), IN_I64(q->after_id), IN_I64(q->limit) };
    size_t n = 4;

    if (views[q->view].status >= 0)
        in[n++] = (struct db_in)IN_I16(views[q->view].status);
    if (q->channel)
        in[n++] = (struct db_in)IN_I64(q->channel);
    return db_each(c, q->channel ? views[q->view].one_channel : views[q->view].all, (struct db_ins){ in, n },
                   ROW_OUT(r.at), each_row, &r);
}

int inbox_get(struct ctx *c, int64_t conversation, struct inbox_row *out)
{
    struct inbox_row r = { 0 };
    int rc = db_one(c, SQL_INBOX_ROW, IN(IN_I64(c->who.business), IN_I64(conversation)), ROW_OUT(r));

    if (rc == 1)
        *out = r;
    return rc;
}

int inbox_of_contact(struct ctx *c, int64_t contact, inbox_row_fn *row, void *arg)
{
    struct rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_INBOX_CONTACT, IN(IN_I64(c->who.business), IN_I64(contact)), ROW_OUT(r.at), each_row, &r);
}

int inbox_counts(struct ctx *c, struct inbox_counts *out)
{
    struct inbox_counts n = { 0 };
    int rc = db_one(c, SQL_INBOX_COUNTS, IN(IN_I64(c->who.business)),
                    OUT(OUT_I64(&n.waiting), OUT_I64(&n.mine), OUT_I64(&n.open), OUT_I64(&n.unassigned),
                        OUT_TIME(&n.oldest_wait), OUT_I64(&n.channels_ill)));

    if (rc == 1)
        *out = n;
    return rc == 1 ? 0 : -1;
}
