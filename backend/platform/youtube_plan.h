/* The planner of YouTube polling: the connector's cursor as a value. It remembers which comments were seen in what state,
 * which videos are active, what is due when, and what the day's polling has cost; pure, so that the same cursor and
 * moment always ask for the same thing. Times in it are Unix seconds. */
#ifndef TANGGAP_PLATFORM_YOUTUBE_PLAN_H
#define TANGGAP_PLATFORM_YOUTUBE_PLAN_H

#include "youtube_priv.h"

/* Comments kept an eye on; the longest quiet ones go first. */
#define YOUTUBE_THREADS_MAX 300
#define YOUTUBE_REPLIES_MAX 200
#define YOUTUBE_WATCH_MAX (YOUTUBE_THREADS_MAX + YOUTUBE_REPLIES_MAX)
#define YOUTUBE_QUIET_S (30 * 86400)     /* a comment silent for so long is no longer looked at */
#define YOUTUBE_VIDEO_MAX 50             /* as many as one call asks about */
#define YOUTUBE_QUEUE_MAX 200
#define YOUTUBE_BATCH 49                 /* and one more that must come back, where absences are judged */
#define YOUTUBE_ITEMS_MAX 200            /* of one answer, that are compared; more than there can be */

/* The states that hide a comment, each with a list of its own. */
#define YOUTUBE_LISTS(X) X("heldForReview") X("likelySpam") X("rejected")

enum youtube_task {
    TASK_NONE,
    TASK_NEWS,         /* newest threads, back to what was there at the last run */
    TASK_REPLIES,      /* all replies of a thread whose count grew */
    TASK_HELD,         /* what waits for the owner's review */
    TASK_SPAM,         /* what YouTube holds to be spam */
    TASK_CONFIRM,      /* are comments that a list lacked still to be had by their id? */
    TASK_VERDICT,      /* those that are not: held, spam, rejected, or gone? */
    TASK_THREADS,      /* watched threads again: counts, edits */
    TASK_COMMENTS,     /* watched replies again */
    TASK_CHANNEL,      /* the channel's numbers, and its uploads list */
    TASK_UPLOADS,      /* new videos */
    TASK_NUMBERS,      /* numbers of the videos */
    TASK_COUNT,
};

struct youtube_watch {
    struct text id, video;
    int64_t updated, touched, due;       /* the comment's own updatedAt; last change known to us; next look */
    int64_t count;                       /* replies of a thread; -1: it is a reply */
    int state;                           /* 0 public, else 1 + index of the list that it stands in */
    bool is_seen;                        /* in the answer that is being read */
    int strikes;                         /* 1: a list lacked it; 2: so did the question by its id */
};

struct youtube_video {
    struct text id;
    int64_t published, active;           /* last word under it */
};

struct youtube_queued {
    struct text id, token;
};

struct youtube_plan {
    struct arena *mem;
    int64_t now, pace;                   /* pace: seconds that one unit must last */
    struct text me, uploads;
    int64_t day, used;
    int64_t active;                      /* newest word anywhere */
    int64_t high, next_high, news_pages; /* newest thread at the last complete run, and of the one under way */
    struct text news_token;
    int64_t list, list_pages;            /* verdict: which of the three lists, how far */
    struct text list_token;
    int64_t due[TASK_COUNT];
    struct youtube_watch *watch;
    struct youtube_video *videos;
    struct youtube_queued *queue;
    size_t watch_count, video_count, queue_count;
    json_t *released, *gone;             /* of this page: arrays of ids, owned */
};

void youtube_plan_load(struct youtube_plan *p, const struct op *op, time_us now, struct arena *mem);
void youtube_plan_fini(struct youtube_plan *p);
struct text youtube_plan_save(const struct youtube_plan *p);

/* What to ask now. TASK_NONE: nothing before *until. */
enum youtube_task youtube_plan_choose(const struct youtube_plan *p, int64_t *until);
/* The comments that a task of several ids asks about, at most YOUTUBE_BATCH. */
size_t youtube_plan_batch(const struct youtube_plan *p, enum youtube_task task, size_t out[YOUTUBE_BATCH]);

/* A comment that is surely there: an answer that lacks it is not to be believed. NULL: none is known. */
const struct youtube_watch *youtube_plan_control(const struct youtube_plan *p);

/* Takes note of a thread or comment of an answer. True: something about it is new. `list` names the state that the
 * answer was filtered by, or is NULL. */
bool youtube_plan_thread(struct youtube_plan *p, json_t *thread, const char *list);
bool youtube_plan_comment(struct youtube_plan *p, const json_t *comment, struct text video, int64_t count);
void youtube_plan_video(struct youtube_plan *p, struct text id, int64_t published, int64_t active);
struct youtube_watch *youtube_plan_find(struct youtube_plan *p, struct text id);
void youtube_plan_drop(struct youtube_plan *p, size_t at);
void youtube_plan_enqueue(struct youtube_plan *p, struct text thread);
/* When a comment that last changed at `touched` is looked at again. */
int64_t youtube_plan_next_look(const struct youtube_plan *p, const struct youtube_watch *w);
/* How long between two looks for news: by how lively it is, and by what is left of the day's units. */
int64_t youtube_plan_news_pause(const struct youtube_plan *p);
int64_t youtube_plan_pause(const struct youtube_plan *p, int64_t wanted, int64_t units);

#endif
