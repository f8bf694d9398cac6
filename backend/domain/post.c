/* Posts, read. */
#include "domain/post.h"

int post_of_thread(struct ctx *c, int64_t thread, struct post_view *out)
{
    struct post_view p = { .likes = -1, .comments = -1, .shares = -1, .views = -1 };
    int rc = db_one(c, SQL_POST_OF_THREAD, IN(IN_I64(c->who.business), IN_I64(thread)),
                    OUT(OUT_TEXT(&p.external_id), OUT_TEXT(&p.text), OUT_TEXT(&p.link), OUT_TIME(&p.posted_at),
                        OUT_TIME(&p.deleted_at), OUT_I64(&p.likes), OUT_I64(&p.comments), OUT_I64(&p.shares),
                        OUT_I64(&p.views), OUT_TIME(&p.numbers_at), OUT_BOOL(&p.is_ours)));

    if (rc == 1)
        *out = p;
    return rc;
}
