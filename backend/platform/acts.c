/* What may be done to a message, by what its platform knows. */
#include "platform/connector.h"

static unsigned both(enum moderation a, enum moderation b)
{
    return 1u << a | 1u << b;
}

/* Others' comments are deleted by the owner of the place only on Meta's platforms; elsewhere they are hidden or rejected. */
static unsigned acts_on_comment(const struct connector *con)
{
    bool deletes = con->platform == PLATFORM_FACEBOOK || con->platform == PLATFORM_INSTAGRAM;
    unsigned acts = 0;

    if (con->caps & CAP_REVIEW)
        acts |= both(MODERATE_HOLD, MODERATE_PUBLISH) | 1u << MODERATE_REJECT;
    else if (con->caps & CAP_HIDE)
        acts |= both(MODERATE_HIDE, MODERATE_UNHIDE);
    if (con->caps & CAP_LIKE)
        acts |= both(MODERATE_LIKE, MODERATE_UNLIKE);
    if (deletes && con->caps & CAP_DELETE)
        acts |= 1u << MODERATE_DELETE;
    return acts;
}

unsigned connector_acts(const struct connector *con, enum thread_type type, enum direction direction)
{
    unsigned acts = 0;

    if (direction == DIRECTION_IN)
        return type == THREAD_COMMENT ? acts_on_comment(con) : con->caps & CAP_REACT ? 1u << ACT_REACT : 0;
    if (direction != DIRECTION_OUT)
        return 0;
    if (con->caps & CAP_EDIT)
        acts |= 1u << ACT_EDIT;
    /* Instagram deletes comments, not what was said in private. */
    if (con->caps & CAP_DELETE && (type == THREAD_COMMENT || con->platform != PLATFORM_INSTAGRAM))
        acts |= 1u << MODERATE_DELETE;
    return acts;
}
