/* A group that moved: its platform gave it another id, and the thread follows. */
#include "ingest_priv.h"

#include <jansson.h>
#include <string.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

static int move_thread(struct batch *b, int64_t channel_id, struct text from, struct text to)
{
    struct ctx *c = b->c;
    int64_t business = c->who.business, old = 0, now = 0;

    if (db_one(c, SQL_INGEST_THREAD_ID, IN(IN_I64(business), IN_I64(channel_id), IN_TEXT(from)), OUT(OUT_I64(&old))) <
            0 ||
        db_one(c, SQL_INGEST_THREAD_ID, IN(IN_I64(business), IN_I64(channel_id), IN_TEXT(to)), OUT(OUT_I64(&now))) < 0)
        return -1;
    if (!old && !now)
        return 0;
    if (old && now && old != now) {
        if (db_do(c, SQL_INGEST_MERGE_THREADS, IN(IN_I64(business), IN_I64(old), IN_I64(now))) < 0 ||
            db_do(c, SQL_INGEST_DROP_THREAD, IN(IN_I64(business), IN_I64(old))) < 0)
            return -1;
        for (size_t i = 0; i < b->late_count; i++)
            if (b->late[i].thread_id == old)
                b->late[i].thread_id = now;
        ingest_mark_late(b, now, TIME_FIRST);
        ingest_mark_late(b, now, TIME_LAST);
    } else if (old && db_do(c, SQL_INGEST_RENAME_THREAD, IN(IN_I64(business), IN_I64(old), IN_TEXT(to))) < 0) {
        return -1;
    }
    return db_do(c, SQL_INGEST_ALIAS_THREAD,
                 IN(IN_I64(business), IN_I64(channel_id), IN_TEXT(from), IN_I64(now ? now : old))) < 0
               ? -1
               : 0;
}

int ingest_move_threads(struct batch *b)
{
    for (size_t i = 0; i < b->message_count; i++) {
        const struct incoming *in = &b->messages[i];

        if (in->is_known || in->m.direction != DIRECTION_SYSTEM || !in->detail.len)
            continue;
        AUTO(json) json_t *detail = json_loadb(in->detail.ptr, in->detail.len, 0, NULL);
        const char *notice = json_string_value(json_object_get(detail, "notice"));
        const char *from = json_string_value(json_object_get(detail, "from"));
        const char *to = json_string_value(json_object_get(detail, "to"));

        if (!notice || strncmp(notice, "migrate", 7) != 0 || !from || !to || !*from || !*to || strcmp(from, to) == 0)
            continue;
        if (move_thread(b, in->item->channel_id, arena_text(b->c->mem, text_of(from)),
                        arena_text(b->c->mem, text_of(to))))
            return -1;
    }
    return 0;
}
