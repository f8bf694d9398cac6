/* What the files of ingest share: one batch on its way into the tables. */
#ifndef TANGGAP_DOMAIN_INGEST_PRIV_H
#define TANGGAP_DOMAIN_INGEST_PRIV_H

#include "domain/ingest.h"
#include "domain/waits.h"

#define NO_INDEX        SIZE_MAX
#define LAST_TEXT_CHARS 160
/* Longest id of a message, thread or person that is taken: PostgreSQL refuses index entries beyond 2,700 bytes, and one
 * refusal would be the whole batch's. */
#define ID_BYTES     1000
#define HANDLE_BYTES 500
/* The years 1 and 9999: before and after everything that is stored. */
#define TIME_FIRST (civil_to_days(1, 1, 1) * 86400 * US_PER_S)
#define TIME_LAST (civil_to_days(9999, 1, 1) * 86400 * US_PER_S)

/* Distinct (scope, text) pairs in order of arrival; hashed under a key of its own, since the texts are a stranger's. */
struct key_map {
    struct arena *mem;
    uint8_t seed[16];
    size_t *slots; /* index + 1 */
    size_t slot_count, count, room;
    struct key {
        int64_t scope;
        struct text text;
        uint64_t hash;
    } * keys;
};
void key_map_init(struct key_map *m, struct arena *mem);
size_t key_map_put(struct key_map *m, int64_t scope, struct text text);        /* index, old or new */
size_t key_map_find(const struct key_map *m, int64_t scope, struct text text); /* NO_INDEX if absent */

struct person_row {
    enum platform platform;
    struct text scope, external_id, name, username, phone;
    time_us named_at;
    int64_t id, contact_id; /* 0: not stored yet */
    struct text old_name, old_username, old_phone;
    time_us old_named_at;
    int blocked;    /* -1 not said */
    bool is_member; /* speaks in a group */
};

struct thread_row {
    int64_t channel_id;
    struct text external_id, post, title;
    enum thread_type type;
    bool is_wanted;     /* some message belongs here; else it was only looked for */
    int64_t id;         /* 0: not stored yet */
    int64_t contact_id; /* stored */
    size_t owner;       /* person whose strand it is, NO_INDEX: unknown or a group */
    time_us peer_read_at;
    bool has_head, is_spam, is_snoozed;
    struct episode head;
    time_us wait_since;
    time_us tail_at; /* newest message of all, system lines too */
    struct text tail_external_id;
    size_t first_incoming, incoming_count;
    bool is_late; /* new messages must be sorted in among stored ones */
};

struct refresh {
    int64_t thread_id;
    time_us from, to; /* earliest and latest change */
};

struct incoming {
    const struct ingest_item *item;
    size_t thread, parent, author;
    struct text external_id, reply_to, words, entities, detail;
    int64_t person_id;
    enum device device;
    enum sender_kind sender_kind;
    bool is_known, wakes;
    int64_t conversation; /* row it is stored with */
    struct strand_message m;
};

/* Late threads of an import: computed again once, when all of it is in. Until then their fresh messages lie in a
 * conversation of their own. */
struct deferral {
    struct arena *mem; /* outlives the batches */
    struct deferred {
        int64_t thread_id, scratch;
        time_us from, to;
    } * all;
    size_t count, room;
};

struct batch {
    struct ctx *c;
    struct ingest_result *out;
    struct deferral *deferral; /* NULL: late threads are computed again at the end of the batch */
    int64_t archive_id;
    int64_t gap_us;
    time_us now;
    struct key_map thread_keys, person_keys, message_keys;
    struct thread_row *threads;
    struct person_row *people;
    struct incoming *messages;
    size_t thread_room, person_room, message_count;
    const struct ingest_item **changes;
    size_t change_count;
    int64_t *claimed_ids, *claimed_people;
    size_t claim_count;
    struct refresh *late; /* threads to compute again */
    size_t late_count, late_room;
    int64_t *media; /* messages whose attachments are to be fetched */
    size_t media_count;
};

/* Bytes that PostgreSQL will take as text: valid UTF-8, no NUL; anything else becomes U+FFFD. Absent stays absent. */
struct text ingest_clean(struct arena *mem, struct text t);
/* The same for JSON; what jsonb would refuse becomes absent. */
struct text ingest_clean_json(struct arena *mem, struct text json);
struct text ingest_head_text(struct text t); /* its first 160 characters */
struct text text_or_empty(struct text t);

/* ingest.c: one batch, all of it but the lock */
MUST_CHECK int ingest_gap(struct ctx *c, int64_t *gap_us);
MUST_CHECK int ingest_run(struct batch *b, const struct ingest_item *items, size_t count);
MUST_CHECK int ingest_finish(struct ctx *c, int64_t gap_us, struct deferral *d);
struct deferred *ingest_deferred(struct deferral *d, int64_t thread_id); /* NULL: not deferred */

/* ingest_post.c: posts and their numbers, beside the messages */
MUST_CHECK int ingest_take_posts(struct batch *b, const struct ingest_item *items, size_t count);
/* A post event that tells nothing but numbers: no message comes of it. */
bool ingest_is_numbers_only(const struct batch *b, const struct event *ev);
/* Posts whose messages were edited or deleted follow them; after ingest_apply_changes. */
MUST_CHECK int ingest_follow_posts(struct batch *b, const struct ingest_item *items, size_t count);

/* ingest_erased.c: without what people said before they were forgotten */
MUST_CHECK int ingest_leave_erased(struct batch *b, const struct ingest_item **items, size_t *count);

/* ingest_people.c */
/* A telephone number as identities keep it (util/phone.h); what is none stays as told. */
struct text ingest_phone(struct arena *mem, struct text told);
/* By what its author is known; false: it has none, or one that cannot be kept. */
bool ingest_person_key(struct batch *b, const struct ingest_item *item, struct text *scope, struct text *id);
size_t ingest_note_person(struct batch *b, const struct ingest_item *item);
size_t ingest_note_thread(struct batch *b, int64_t channel_id, const struct event_thread *t, struct text id);
MUST_CHECK int ingest_find_people(struct batch *b);
MUST_CHECK int ingest_find_threads(struct batch *b);
MUST_CHECK int ingest_store_people(struct batch *b);
MUST_CHECK int ingest_store_threads(struct batch *b);

/* ingest_place.c: fresh messages in order, the quick way */
MUST_CHECK int ingest_place(struct batch *b);

/* ingest_store.c: rows out of structs */
struct conversation_row {
    int64_t thread_id, channel_id, contact_id;
    bool is_head, wakes;
    time_us wait_since;
    struct episode e; /* e.conversation is its id */
};
struct wait_row {
    int64_t thread_id;
    struct wait w;
};
MUST_CHECK int store_add_conversations(struct ctx *c, const struct conversation_row *rows, size_t count);
MUST_CHECK int store_set_conversations(struct ctx *c, const struct conversation_row *rows, size_t count);
MUST_CHECK int store_put_waits(struct ctx *c, const struct wait_row *rows, size_t count);
MUST_CHECK int store_drop_waits(struct ctx *c, const int64_t *rows, size_t count);
MUST_CHECK int store_messages(struct batch *b);
/* Is this wait worth a row? Not when it began and was answered in imported history. */
bool store_wants_wait(const struct wait *w);

struct draw {
    size_t contacts, identities, threads, conversations, messages;
    int64_t *ids; /* in that order */
};
MUST_CHECK int store_draw(struct ctx *c, struct draw *d);

/* ingest_refresh.c. Free_ids: stored provisionally, in no episode yet; ascending. keep: nothing is cut again, only
 * clocks and heads. */
MUST_CHECK int ingest_refresh(struct ctx *c, int64_t gap_us, const struct refresh *threads, size_t count,
                              const int64_t *free_ids, size_t free_count, bool keep);

/* ingest_change.c: edits, deletes, reactions, statuses, and the parked ones whose message came */
MUST_CHECK int ingest_apply_changes(struct batch *b);
/* ingest_move.c: groups that their platform has given another id */
MUST_CHECK int ingest_move_threads(struct batch *b);
/* A recomputation of the thread becomes due: something changed at this sent_at. */
void ingest_mark_late(struct batch *b, int64_t thread_id, time_us at);

#endif
