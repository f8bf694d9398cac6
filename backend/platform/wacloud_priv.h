/* What the files of the WhatsApp Cloud connector share (backend/archive/whatsapp*.c read exported chats: another thing).
 *
 * Names. The channel is the phone_number_id that a body carries; what concerns the whole account (templates, bans) has the
 * account's id instead. A person is their number in digits, else their business-scoped id ("ID.1349…"); where both are
 * told the second stands in detail.user_id. A thread is its person, or its group_id. A message is its wamid; a status is
 * "WAMID#WORD", with "#PERSON" behind it in a group, so that a status told twice is one. */
#ifndef TANGGAP_PLATFORM_WACLOUD_PRIV_H
#define TANGGAP_PLATFORM_WACLOUD_PRIV_H

#include "meta_priv.h"

#define WACLOUD_TEXT_UNITS 4096
#define WACLOUD_CAPTION_UNITS 1024

#define WACLOUD_NONE ((struct text){ NULL, 0 })

/* One change of one entry on its way to events. */
struct wacloud_parse {
    const struct channel_facts *channel;
    struct arena *mem;
    event_sink *sink;
    void *arg;
    struct text account;               /* the WhatsApp business account that the entry is for */
    struct text phone_id;              /* what event.channel becomes */
    struct text number;                /* our own number in digits, where told */
    const json_t *contacts;
    struct text *contact_numbers;      /* of each, in digits */
    const json_t *entry_time;
    const json_t *phase;               /* of a history chunk */
    struct text field;
    struct text strand;                /* the person that a thread of the history is with */
    bool is_echo;                      /* typed in the WhatsApp Business app */
    bool is_history;
};

/* Somebody, from whatever the body tells of them. */
struct wacloud_person {
    struct event_author author;        /* id absent: nobody knows who */
    struct text user_id, parent_user_id;
};

/* `08…`, `62…`, `+62 …`, with blanks and dashes: digits in international form. Absent: no phone number. */
struct text wacloud_number(struct arena *mem, struct text written);
/* "A<between>B" in mem. */
struct text wacloud_joined(struct arena *mem, struct text a, const char *between, struct text b);
/* An id for what has none of its own, from what it says: "PREFIX/HEX". The same bytes have the same id. */
struct text wacloud_digest(struct arena *mem, struct text prefix, const json_t *a, const json_t *b);
void wacloud_set(json_t *detail, const char *key, struct text value);      /* nothing when absent */

/* What is said in a message. `detail` is an open object. False: nothing that we know, and *type is its name. */
bool wacloud_content(struct arena *mem, const json_t *message, struct event *ev, json_t *detail, struct text *type);
/* "error", "code" and "why" of the first error, and of every other its words too. */
void wacloud_take_errors(struct arena *mem, const json_t *errors, json_t *detail);

int wacloud_emit(struct wacloud_parse *p, struct event *ev, json_t *detail);
int wacloud_unsupported(struct wacloud_parse *p, struct text type, const json_t *value);
/* Who `number` or `user_id` is, and what the body's contacts add. */
struct wacloud_person wacloud_person(struct wacloud_parse *p, struct text number, struct text user_id,
                                     struct text parent_user_id);
struct event_thread wacloud_thread(const struct wacloud_person *who, struct text group);

int wacloud_on_message(struct wacloud_parse *p, const json_t *m);
int wacloud_on_status(struct wacloud_parse *p, const json_t *s);
int wacloud_on_call(struct wacloud_parse *p, const json_t *call);
int wacloud_on_contact(struct wacloud_parse *p, const json_t *contact);
int wacloud_on_state(struct wacloud_parse *p, const json_t *item);
int wacloud_on_preference(struct wacloud_parse *p, const json_t *item);
int wacloud_on_user_id(struct wacloud_parse *p, const json_t *item);
int wacloud_on_error(struct wacloud_parse *p, const json_t *error);
int wacloud_on_account(struct wacloud_parse *p, const json_t *value);
bool wacloud_is_account_field(struct text field);

int wacloud_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                       struct fail *why);
int wacloud_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                 struct arena *mem, struct step *out, struct fail *why);

/* platforms-meta.md §8.5: what a code of WhatsApp asks for, at once or in a failed status. */
extern const struct meta_error wacloud_errors[];
extern const size_t wacloud_error_count;

/* ---- calls ---- */

/* Which answer a machine waits for. */
enum wacloud_stage {
    WACLOUD_BEGIN,
    WACLOUD_ACCOUNT,                   /* whose account is this number of? */
    WACLOUD_MAIN,                      /* the op's own first call */
    WACLOUD_UPLOAD,                    /* a file on its way; scratch gets its id */
    WACLOUD_TOKEN,                     /* what the token may do, and until when */
    WACLOUD_FIELDS,                    /* what our app is told about */
    WACLOUD_FIELDS_SET,
    WACLOUD_BYTES,                     /* a file on its way here */
    WACLOUD_HISTORY,
};

/* SEND, REACT, MARK_READ: the first call, and what its answer leads to. */
int wacloud_begin_send(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int wacloud_end_send(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                     struct arena *mem, struct step *out);
int wacloud_begin_small(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int wacloud_end_small(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                      struct step *out);
/* The facts that OP_TEMPLATES gives, of one page. */
struct text wacloud_templates(struct arena *mem, const json_t *page);
/* meta_answer() with our table. What was no send is never in doubt: its UNKNOWN is RETRY. */
bool wacloud_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem, bool is_send,
                    json_t **root, struct step *out);
/* MEDIA. */
int wacloud_begin_media(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int wacloud_end_media(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                      struct arena *mem, struct step *out);

#endif
