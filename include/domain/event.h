/* The normal form: what every connector and every archive reader makes, and nothing else (see backend/README.md).
 * Texts are borrowed from the bytes that were parsed or from the parser's arena; an event lives only as long as the
 * call that hands it over, unless copied with event_copy(). An absent text has ptr NULL. */
#ifndef TANGGAP_DOMAIN_EVENT_H
#define TANGGAP_DOMAIN_EVENT_H

#include "util/arena.h"
#include "util/clock.h"
#include "util/fail.h"

#include <stdint.h>

#define EVENT_KINDS(X)                                                                                          \
    X(MESSAGE, "message") X(EDIT, "edit") X(DELETE, "delete") X(REACTION, "reaction") X(STATUS, "status")       \
    X(READ, "read") X(POST, "post") X(PROFILE, "profile") X(HIDDEN, "hidden") X(ACCOUNT, "account")             \
    X(UNSUPPORTED, "unsupported")
/* The numbers are stored (channel.platform): append only. */
#define PLATFORMS(X)                                                                                            \
    X(CSV, "csv") X(WHATSAPP, "whatsapp") X(MESSENGER, "messenger") X(FACEBOOK, "facebook")                     \
    X(INSTAGRAM, "instagram") X(TELEGRAM, "telegram") X(LINE, "line") X(YOUTUBE, "youtube") X(X, "x")           \
    X(SIM, "sim")
#define THREAD_TYPES(X) X(DIRECT, "direct") X(COMMENT, "comment") X(GROUP, "group")
#define DIRECTIONS(X) X(UNKNOWN, "") X(IN, "in") X(OUT, "out") X(SYSTEM, "system")
#define SENDER_KINDS(X) X(UNKNOWN, "") X(CUSTOMER, "customer") X(AGENT, "agent") X(AUTO, "auto") X(SYSTEM, "system")
#define DEVICES(X) X(UNKNOWN, "") X(PANEL, "panel") X(NATIVE, "native") X(API, "api") X(IMPORT, "import")
#define ATTACHMENT_TYPES(X)                                                                                     \
    X(FILE, "file") X(IMAGE, "image") X(VIDEO, "video") X(AUDIO, "audio") X(VOICE, "voice")                     \
    X(STICKER, "sticker") X(LOCATION, "location") X(CONTACT, "contact") X(LINK, "link") X(PRODUCT, "product")

#define X(name, word) EVENT_##name,
enum event_kind { EVENT_KINDS(X) EVENT_KIND_COUNT };
#undef X
#define X(name, word) PLATFORM_##name,
enum platform { PLATFORMS(X) PLATFORM_COUNT };
#undef X
#define X(name, word) THREAD_##name,
enum thread_type { THREAD_TYPES(X) THREAD_TYPE_COUNT };
#undef X
#define X(name, word) DIRECTION_##name,
enum direction { DIRECTIONS(X) DIRECTION_COUNT };
#undef X
#define X(name, word) SENDER_##name,
enum sender_kind { SENDER_KINDS(X) SENDER_KIND_COUNT };
#undef X
#define X(name, word) DEVICE_##name,
enum device { DEVICES(X) DEVICE_COUNT };
#undef X
#define X(name, word) ATTACHMENT_##name,
enum attachment_type { ATTACHMENT_TYPES(X) ATTACHMENT_TYPE_COUNT };
#undef X

struct event_attachment {
    enum attachment_type type;
    struct text mime, name, ref, url;
    int64_t size;                 /* bytes, -1 unknown */
    double lat, lon;              /* only for LOCATION with has_position */
    bool has_position;
};

struct event_author {
    struct text id, name, username, phone;
};

struct event_thread {
    enum thread_type type;
    bool present;                 /* false: the event carries no thread (status, account …) */
    struct text id, post, parent;
    struct text name;             /* title of a group, where the source tells it */
};

struct event {
    enum event_kind kind;
    enum platform platform;
    struct text channel;          /* platform's id of the business account */
    struct text id;               /* unique within the channel */
    struct event_thread thread;
    enum direction direction;
    enum sender_kind sender_kind;
    struct event_author author;
    time_us sent_at;              /* TIME_NONE: the source has no time */
    struct text text;             /* as the person wrote it; for a reaction the emoji, empty = taken back */
    struct text entities;         /* raw JSON array, or absent */
    const struct event_attachment *attachments;
    size_t attachment_count;
    struct text reply_to;         /* id answered */
    struct text target;           /* edit, delete, reaction, status, read: what it is about */
    enum device device;
    /* Raw JSON object, or absent. Known members: "edited":true, "deleted":true (the source shows a removal),
     * "media":"omitted", "notice":KIND (system lines), "album":ID, "forwarded":NAME, "status":"sent|delivered|read|
     * failed" with "error":TEXT (kind status), "type":NAME (kind unsupported), "call":KIND. Archives add
     * "edited_at":TIME, "media_type":WORD (of what was left out), "split":true (one part of a message over 1 MiB),
     * "waiting":true (not yet decrypted when exported), "live_location":true, "poll":true, "duration_s":NUMBER. */
    struct text detail;
};

/* Takes one event; 0, or -1 to stop the reader (the reason is the sink's own business). */
typedef int event_sink(const struct event *ev, void *arg);

const char *event_kind_word(enum event_kind k);
const char *platform_word(enum platform p);
const char *thread_type_word(enum thread_type t);
const char *direction_word(enum direction d);          /* "" for UNKNOWN */
const char *sender_kind_word(enum sender_kind s);
const char *device_word(enum device d);
const char *attachment_type_word(enum attachment_type t);
bool platform_from_word(struct text word, enum platform *out);

void event_init(struct event *ev);                      /* all absent, kind MESSAGE, sizes -1 */
/* Deep copy into mem. */
const struct event *event_copy(const struct event *ev, struct arena *mem);
/* One line of the normal form, newline included. Absent fields are left out. Pure. */
struct buf;
void event_write(const struct event *ev, struct buf *out);
/* Reads one line; texts live in mem. BAD_FIELD names the member. write(read(x)) == x for what write() made. */
MUST_CHECK int event_read(struct text line, struct arena *mem, struct event *out, struct fail *why);

#endif
