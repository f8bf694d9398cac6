/* A platform is a struct of pure functions: bytes in, values out; no I/O, no SQL, no clock, no global.
 * `serve` uses verify and challenge, `work` uses parse and step and does the I/O that step asks for. */
#ifndef TANGGAP_PLATFORM_CONNECTOR_H
#define TANGGAP_PLATFORM_CONNECTOR_H

#include "domain/event.h"
#include "util/buf.h"

struct header {
    struct text name, value;
};

/* A webhook call as it arrived. */
struct hook_request {
    struct text method;                /* "GET" or "POST" */
    struct text query;                 /* raw, still percent-encoded */
    const struct header *headers;
    size_t header_count;
    struct text body;                  /* the raw bytes: signatures are over these */
};

/* What a connector may know of its channel. Secrets are borrowed and wiped by the caller. */
struct channel_facts {
    int64_t id;
    enum platform platform;
    struct text external_id;           /* platform's id of the business account */
    struct text hook_secret;           /* what verifies webhooks */
    struct text verify_token;          /* the word a GET handshake must repeat (Meta); absent: none */
    struct text token;                 /* opened only in `work`; absent in `serve` */
    struct text refresh_token;         /* likewise; absent where the platform has none */
    struct text app_id, app_secret;    /* our registration at the platform; the secret only in `work` */
    struct text state;                 /* the connector's own JSON state (connections, reply tokens' age …) */
    /* Addresses, from the settings: calls, binary content, token endpoints. Never ending in a slash. */
    const char *api_base, *file_base, *auth_base;
    const char *api_version;           /* "v25.0" where a path begins with one */
};

/* platforms-others.md §0: the whole vocabulary of what a call may come to. */
enum outcome {
    OUTCOME_OK, OUTCOME_DUPLICATE_OK, OUTCOME_RETRY_AT, OUTCOME_RETRY, OUTCOME_UNKNOWN, OUTCOME_QUOTA, OUTCOME_AUTH,
    OUTCOME_PERMANENT, OUTCOME_CONTACT_GONE,
};

enum op_kind {
    OP_CHECK,          /* is the credential good? facts about the account */
    OP_SEND,           /* an outbox row */
    OP_POLL,           /* one long-poll or page */
    OP_MEDIA,          /* fetch an attachment by ref */
    OP_HOOK_SET,       /* register our webhook address */
    OP_HOOK_DROP,      /* forget it (needed before polling) */
    OP_HOOK_INFO,      /* is it still registered, and with what? */
    OP_LOOK,           /* a send whose outcome is unknown: OK with its external_id, PERMANENT "not_sent", or UNKNOWN */
    OP_EDIT,           /* a new text for a message of ours */
    OP_MODERATE,       /* what others see: hide, delete, like … */
    OP_REACT,          /* text: one emoji; empty takes ours back */
    OP_MARK_READ,
    OP_BACKFILL,       /* one page of what the platform still offers; like POLL, with its own cursor */
    OP_PROFILE,        /* who is author_id? a page holding a profile */
    /* One page by `cursor`, until is_last. facts: [{"name","language","category","status","quality","header","text",
     * "footer","buttons":[TEXT],"variables":[{"where":"header|body|button","name","media","index","sub_type"}]}],
     * absent members where there is nothing. */
    OP_TEMPLATES,
    OP_QUOTA,          /* facts: {"limit","used","resets_at"}, absent members where not told */
    OP_GRANT,          /* what OAuth's way back brought (code) → grant */
    OP_RENEW,          /* → grant */
    OP_KIND_COUNT,
};

enum moderation {
    MODERATE_HIDE, MODERATE_UNHIDE, MODERATE_DELETE, MODERATE_LIKE, MODERATE_UNLIKE,
    MODERATE_HOLD, MODERATE_PUBLISH, MODERATE_REJECT,
    MODERATE_COUNT,
};
/* What OP_EDIT and OP_REACT are among the acts of connector_acts(). */
#define ACT_EDIT MODERATE_COUNT
#define ACT_REACT (MODERATE_COUNT + 1)

/* How a reply goes out, where the platform knows more than one way. */
enum send_as {
    SEND_PLAIN,        /* direct message, or public answer under a comment: by thread_type */
    SEND_PRIVATE,      /* a direct message to the author of the comment reply_to */
    SEND_HUMAN_AGENT,  /* after the free window, written by a person (Messenger, Instagram) */
    SEND_TEMPLATE,     /* an approved template (WhatsApp) */
};

struct op {
    enum op_kind kind;
    const struct channel_facts *channel;
    /* SEND: one part of one reply; the caller cuts with connector.part and numbers from 0 */
    struct text thread_id, text, reply_to;
    enum thread_type thread_type;
    enum send_as send_as;
    unsigned part;
    struct text retry_key;             /* 36 letters of a UUID, the same at every try of this part */
    unsigned tries;                    /* how often this part was held back before: pauses grow with it */
    /* LINE: detail.reply_token of the newest message of the thread, while it is less than 50 s old and only for the first
     * try of a part: a later try cannot tell a token that was used from one whose answer was lost. Absent otherwise. */
    struct text reply_token;
    struct text template_name, template_language;
    /* JSON array: texts for the body's placeholders in order, or what TEMPLATES told as "variables" with "text" added. */
    struct text template_values;
    struct text choices;               /* JSON array of texts: quick replies or buttons under the text */
    const struct event_attachment *attachment;      /* NULL: text only. With it, text is the caption */
    struct text attachment_bytes;
    /* LOOK, besides what was sent: */
    time_us sent_after;
    /* EDIT, MODERATE, REACT, MARK_READ: the id of the message or comment */
    struct text target;
    enum moderation moderation;
    /* SEND with reply_to, MARK_READ: detail, as parse gave it, of the message that is answered or read; absent where it is
     * not kept. LINE's tokens for a quote and for the read mark stand in it. */
    struct text target_detail;
    /* PROFILE */
    struct text author_id;
    /* GRANT */
    struct text code, code_verifier, redirect_url;
    /* POLL, BACKFILL */
    struct text cursor;
    int wait_s;
    /* MEDIA */
    struct text media_ref;
    int64_t max_bytes;
    /* HOOK_SET */
    struct text hook_url;
};

/* One HTTP request to make. URL and body live in the arena given to step. Never logged: may hold a token. */
struct http_call {
    const char *method;                /* "GET", "POST", "PUT", "PATCH" or "DELETE" */
    const char *url;
    const struct header *headers;
    size_t header_count;
    struct text body;
    int timeout_ms;
    int64_t max_reply;                 /* body cap */
    bool to_file;                      /* reply body is media: hand it to the store, not to memory */
    bool any_host;                     /* the address came from outside (media): no credential may be on it */
    bool may_repeat;                   /* idempotent: a lost answer may simply be asked again */
};

struct http_reply {
    int status;                        /* 0: no answer */
    bool sent;                         /* the request had left when it failed: outcome is not known */
    struct text body;
    const struct header *headers;
    size_t header_count;
    struct text error;                 /* transport's own words when status is 0 */
};

enum step_kind { STEP_CALL, STEP_WAIT, STEP_RESULT };

struct step {
    enum step_kind kind;
    struct http_call call;             /* CALL */
    time_us until;                     /* WAIT, and RESULT with RETRY_AT or QUOTA */
    enum outcome outcome;              /* RESULT */
    struct text external_id;           /* SEND: the platform's id of what we sent; CHECK: of the account */
    time_us sent_at;                   /* SEND: the platform's time of it; TIME_NONE: not told */
    struct text why;                   /* vendor's words, for the person */
    const char *why_code;              /* our stable word for the catalogue: "blocked", "window_closed" … */
    struct text cursor;                /* POLL, BACKFILL, TEMPLATES: move here, in the same transaction as the events */
    struct text page;                  /* POLL, BACKFILL, PROFILE: what parse takes */
    bool is_last;                      /* POLL: ask again only after `until`; BACKFILL: that was all */
    struct text facts;                 /* CHECK, HOOK_INFO, TEMPLATES, QUOTA: JSON worth storing */
    struct grant {                     /* GRANT, RENEW, and any call that had to renew: to be sealed, never logged */
        struct text token, refresh_token;           /* absent: as it was */
        time_us expires_at;                         /* TIME_NONE: does not */
    } grant;
    int cost;                          /* in the platform's own units, where calls are paid from a budget */
    struct text new_thread_id;         /* the thread moved (group upgrade): store, then send again */
    struct text media_mime, media_name;
    bool is_refused_reply;             /* send again without reply_to */
};

/* Where a step machine stands between calls: small, plain, ours to keep in memory. Zero = begin. A credential in it is
 * wiped by the caller with the rest. */
struct step_state {
    int stage;
    int tries;
    char scratch[512];
};

#define CAP_SEND 1u        /* replies go out through the platform */
#define CAP_HOOK 2u
#define CAP_POLL 4u
#define CAP_MEDIA_IN 8u
#define CAP_REPLY_TO 16u
#define CAP_MANUAL 32u     /* no way out: the person sends by hand and we note it down */
#define CAP_EDIT 64u
#define CAP_HIDE 128u
#define CAP_DELETE 256u
#define CAP_LIKE 512u
#define CAP_REVIEW 1024u   /* hold, publish, reject */
#define CAP_REACT 2048u
#define CAP_MARK_READ 4096u
#define CAP_PRIVATE_REPLY 8192u
#define CAP_TEMPLATES 16384u
#define CAP_BACKFILL 32768u
#define CAP_LOOK 65536u
#define CAP_RENEW 131072u
#define CAP_PROFILE 262144u
#define CAP_HUMAN_AGENT 524288u
#define CAP_POLL_BESIDE 1048576u   /* a webhook leaves gaps (edits, removals) that asking fills */
#define CAP_NUMBERS 4194304u       /* POLL, CAP_POLL or not, tells posts' and the account's numbers: ask now and then */
#define CAP_FILES 8388608u          /* takes a file with a direct message */
#define CAP_COMMENT_FILES 16777216u /* and under a comment */
#define CAP_RETRY_KEY 2097152u     /* a send with a retry_key and no reply_token arrives once, however often it is made */

struct connector {
    enum platform platform;
    unsigned caps;
    size_t max_text_units;             /* of one part, in the platform's own unit (UTF-16 for Telegram) */
    int32_t window_s;                  /* a direct reply may go out this long after the customer's last word; 0: always */
    int32_t late_window_s;             /* and this long as HUMAN_AGENT */
    int32_t act_cost;                  /* of each act upon a message, in the platform's daily units; 0: free */
    size_t max_caption_units;          /* of a text that goes out under an attachment */
    int64_t max_hook_body;
    /* Is the call really from the platform? Constant time. Required with CAP_HOOK. */
    bool (*verify)(const struct hook_request *rq, const struct channel_facts *ch);
    /* GET handshakes; NULL: none. 0 and the answer in out, or -1. */
    int (*challenge)(const struct hook_request *rq, const struct channel_facts *ch, struct buf *out);
    /* One body (a webhook's or a poll page's) → its events in order. Broken JSON: BAD_REQUEST. Unknown kinds become
     * UNSUPPORTED, never an error. All that an event points to lives in mem, so a sink may keep a shallow copy as long
     * as mem is not rewound. */
    int (*parse)(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                 struct fail *why);
    /* reply NULL at the first call of a machine. Always fills out. */
    int (*step)(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                struct arena *mem, struct step *out, struct fail *why);
    /* Where calls are paid from a budget that nobody else counts: the "quota" member of the channel's state after `cost`
     * more; NULL: none. */
    struct text (*spent)(struct text state, int cost, time_us now, struct arena *mem);
    /* How many parts a text needs and the bytes of part n; all parts joined are the whole. */
    struct text (*part)(struct text whole, unsigned n, unsigned *count);
    /* The same for direct messages and private answers, where those may be longer than what is said in public; NULL: part.
     * max_direct_units goes with it. */
    struct text (*part_direct)(struct text whole, unsigned n, unsigned *count);
    size_t max_direct_units;
};

const struct connector *connector_for(enum platform p);      /* NULL: none yet */
/* What may be done to a message in such a thread: bits 1u << MODERATE_…, ACT_EDIT, ACT_REACT. Pure. */
unsigned connector_acts(const struct connector *con, enum thread_type type, enum direction direction);
extern const struct connector telegram_connector;
extern const struct connector whatsapp_connector;
extern const struct connector youtube_connector;
extern const struct connector line_connector;
extern const struct connector x_connector;
extern const struct connector facebook_connector;
extern const struct connector messenger_connector;
extern const struct connector instagram_connector;

#endif
