/* The table. Everything a row promises is enforced by the bridge and dispatch(); the README tells how to add one. */
#include "http/handlers.h"

#include "domain/upload.h"

#define B "/api/v1/b/{business}"
#define KIB ((size_t)1024)
#define MIB (KIB * KIB)
#define SMALL (16 * KIB)
#define TEXT_BODY (128 * KIB)      /* 16 KiB of text, every byte escaped */

#define get(pattern, perm, fn, query, out, summary) \
    { METHOD_GET, pattern, perm, 0, 0, fn, NULL, NULL, query, 200, out, summary }
#define act(method, pattern, perm, flags, max, fn, in, status, out, summary) \
    { method, pattern, perm, flags, max, fn, NULL, in, NULL, status, out, summary }

const struct route routes[] = {
    { METHOD_POST, "/hooks/{platform}/{key}", PERM_PUBLIC, ROUTE_NO_CSRF | ROUTE_RAW | ROUTE_DEFERS | ROUTE_QUIET,
      8 * MIB, h_hook, h_hook_direct, NULL, NULL, 200, NULL, "A platform delivers a webhook" },
    { METHOD_GET, "/hooks/{platform}/{key}", PERM_PUBLIC, ROUTE_QUIET, 0, h_hook_challenge, NULL, NULL, NULL, 200,
      "Text", "A platform checks a webhook's address" },

    { METHOD_POST, "/hooks/{platform}/{key}/deauthorised", PERM_PUBLIC, ROUTE_NO_CSRF | ROUTE_RAW | ROUTE_QUIET, 32 * KIB,
      h_deauthorised, NULL, NULL, NULL, 200, NULL, "Meta tells that a login was withdrawn" },
    { METHOD_POST, "/hooks/{platform}/{key}/deletion", PERM_PUBLIC, ROUTE_NO_CSRF | ROUTE_RAW | ROUTE_QUIET, 32 * KIB,
      h_deletion, NULL, NULL, NULL, 200, "Deletion", "Meta asks to delete what is kept about a login" },
    { METHOD_GET, "/deletion/{code}", PERM_PUBLIC, 0, 0, h_deletion_status, NULL, NULL, NULL, 200, "Text",
      "How far a deletion is" },
    { METHOD_GET, "/oauth/{platform}/back", PERM_PUBLIC, 0, 0, h_oauth_back, NULL, NULL, "state code error scope error_description error_reason", 303,
      NULL, "A platform sends a browser back from its login" },

    { METHOD_GET, "/healthz", PERM_PUBLIC, ROUTE_QUIET, 0, NULL, h_health, NULL, NULL, 200, "Text",
      "The process is alive" },
    { METHOD_GET, "/readyz", PERM_PUBLIC, ROUTE_QUIET, 0, h_ready, NULL, NULL, NULL, 200, "Text",
      "The database answers" },
    { METHOD_GET, "/metrics", PERM_PUBLIC, ROUTE_QUIET, 0, NULL, h_metrics, NULL, NULL, 200, "Text",
      "Counters in Prometheus's text format" },
    { METHOD_GET, "/api/v1/openapi.json", PERM_PUBLIC, 0, 0, NULL, h_openapi, NULL, NULL, 200, "Any",
      "This description" },

    act(METHOD_POST, "/api/v1/login", PERM_PUBLIC, ROUTE_NO_CSRF | ROUTE_BULK, SMALL, h_login, login_fields, 200, "Me",
        "Logs in and sets the session cookie"),
    act(METHOD_POST, "/api/v1/logout", PERM_PERSON, 0, SMALL, h_logout, no_fields, 204, NULL, "Ends this session"),
    get("/api/v1/me", PERM_PERSON, h_me, NULL, "Me", "Who is logged in, and where she may go"),
    act(METHOD_PATCH, "/api/v1/me", PERM_PERSON, 0, SMALL, h_me_patch, me_fields, 200, "Me",
        "Changes one's name, language or theme"),
    act(METHOD_POST, "/api/v1/me/password", PERM_PERSON, ROUTE_BULK, SMALL, h_password, password_fields, 204, NULL,
        "Changes one's password and ends all other sessions"),

    get(B "/counts", PERM_INBOX_READ, h_counts, NULL, "Counts", "How many conversations each view holds"),
    get(B "/conversations", PERM_INBOX_READ, h_conversations, "view channel after limit", "Rows", "A page of the inbox"),
    get(B "/conversations/{id}", PERM_INBOX_READ, h_conversation, NULL, "Conversation", "One conversation"),
    get(B "/conversations/{id}/messages", PERM_INBOX_READ, h_messages, "after limit", "Messages",
        "A page of the thread's messages, newest first"),
    act(METHOD_POST, B "/conversations/{id}/messages", PERM_REPLY_SEND, ROUTE_KEY, TEXT_BODY, h_send, send_fields, 201,
        "Outbox", "Sends a reply, unless something newer stands there"),
    { METHOD_POST, B "/uploads", PERM_REPLY_SEND, ROUTE_RAW | ROUTE_BULK, UPLOAD_MAX_BYTES, h_upload, NULL, NULL, NULL,
      200, "Upload", "Takes a file to send along; the same bytes are the same file" },
    act(METHOD_POST, B "/conversations/{id}/resolve", PERM_INBOX_ACT, 0, SMALL, h_resolve, no_fields, 200, "Row",
        "Marks as resolved"),
    act(METHOD_POST, B "/conversations/{id}/reopen", PERM_INBOX_ACT, 0, SMALL, h_reopen, no_fields, 200, "Row",
        "Opens again"),
    act(METHOD_POST, B "/conversations/{id}/spam", PERM_INBOX_ACT, 0, SMALL, h_spam, no_fields, 200, "Row",
        "Marks as spam"),
    act(METHOD_POST, B "/conversations/{id}/not-spam", PERM_INBOX_ACT, 0, SMALL, h_not_spam, no_fields, 200, "Row",
        "Takes the spam mark back"),
    act(METHOD_POST, B "/conversations/{id}/assign", PERM_INBOX_ACT, 0, SMALL, h_assign, assign_fields, 200, "Row",
        "Hands to a colleague, or to nobody"),
    act(METHOD_POST, B "/conversations/{id}/no-reply", PERM_INBOX_ACT, 0, SMALL, h_no_reply, no_reply_fields, 200,
        "Row", "Says that no reply is needed"),
    act(METHOD_POST, B "/conversations/{id}/read", PERM_INBOX_READ, 0, SMALL, h_read, read_fields, 204, NULL,
        "Has read up to a message"),
    get(B "/messages/{id}/versions", PERM_INBOX_READ, h_versions, NULL, "Versions", "Earlier wordings of a message"),
    act(METHOD_POST, B "/messages/{id}/moderate", PERM_MESSAGE_MODERATE, ROUTE_KEY, TEXT_BODY, h_moderate, moderate_fields,
        202, "Moderation", "Hides, deletes, likes, edits … a message at its platform"),
    act(METHOD_POST, B "/outbox/{id}/cancel", PERM_REPLY_SEND, 0, SMALL, h_outbox_cancel, no_fields, 204, NULL,
        "Takes back a reply that is not out yet"),
    act(METHOD_POST, B "/outbox/{id}/retry", PERM_REPLY_SEND, 0, SMALL, h_outbox_retry, retry_fields, 200, "Outbox",
        "Tries a refused or undecided reply again"),

    get(B "/contacts", PERM_CONTACT_READ, h_contacts, "q after limit", "Contacts", "A page of contacts by name"),
    get(B "/contacts/{id}", PERM_CONTACT_READ, h_contact, NULL, "ContactDetail", "One contact and its conversations"),
    act(METHOD_PATCH, B "/contacts/{id}", PERM_CONTACT_EDIT, 0, SMALL, h_contact_patch, contact_fields, 200,
        "ContactDetail", "Renames a contact"),
    act(METHOD_DELETE, B "/contacts/{id}", PERM_CONTACT_ERASE, 0, 0, h_contact_erase, NULL, 202, NULL,
        "Erases a contact, keeping the counts"),
    get(B "/contacts/{id}/suggestions", PERM_CONTACT_READ, h_suggestions, NULL, "Suggestions",
        "Who a contact may be as well, and why"),
    get(B "/contacts/{id}/merges", PERM_CONTACT_READ, h_merges, NULL, "Merges", "What was merged into a contact, and undone"),
    act(METHOD_POST, B "/contacts/{id}/merges", PERM_CONTACT_EDIT, ROUTE_KEY, SMALL, h_merge, other_fields, 201, "Merged",
        "Merges another contact into this one"),
    act(METHOD_POST, B "/contacts/{id}/apart", PERM_CONTACT_EDIT, 0, SMALL, h_apart, other_fields, 204, NULL,
        "Says that two contacts are two people"),
    act(METHOD_POST, B "/merges/{id}/undo", PERM_CONTACT_EDIT, 0, SMALL, h_merge_undo, no_fields, 200, "Merged",
        "Takes a merge back"),

    get(B "/people", PERM_PEOPLE_READ, h_people, NULL, "People", "The members of the business"),
    act(METHOD_POST, B "/people", PERM_PEOPLE_EDIT, ROUTE_KEY | ROUTE_BULK, SMALL, h_people_add, person_add_fields, 201,
        "Person", "Makes a login and a member"),
    act(METHOD_PATCH, B "/people/{id}", PERM_PEOPLE_EDIT, 0, SMALL, h_people_patch, person_patch_fields, 200, "Person",
        "Changes a member's role or locks her out"),

    get(B "/channels", PERM_CHANNEL_READ, h_channels, NULL, "Channels", "The connected accounts"),
    get(B "/platforms", PERM_CHANNEL_READ, h_platforms, NULL, "Platforms", "What each platform needs to be connected"),
    act(METHOD_POST, B "/channels", PERM_CHANNEL_EDIT, ROUTE_KEY, SMALL, h_channel_add, channel_fields, 201, "Channel",
        "Connects an account; its token is sealed at once"),
    act(METHOD_POST, B "/channels/{id}/login", PERM_CHANNEL_EDIT, 0, SMALL, h_channel_login, no_fields, 200, "Address",
        "Begins a login at the platform: where to send the browser"),
    act(METHOD_POST, B "/channels/{id}/choose", PERM_CHANNEL_EDIT, 0, SMALL, h_channel_choose, channel_choice_fields,
        200, "Channel", "Of the accounts that a login offered, this one"),
    act(METHOD_POST, B "/channels/{id}/check", PERM_CHANNEL_EDIT, 0, SMALL, h_channel_check, no_fields, 200, "Channel",
        "Checks the credential again"),
    act(METHOD_POST, B "/channels/{id}/pause", PERM_CHANNEL_EDIT, 0, SMALL, h_channel_pause, no_fields, 200, "Channel",
        "Stops fetching and sending"),
    act(METHOD_POST, B "/channels/{id}/resume", PERM_CHANNEL_EDIT, 0, SMALL, h_channel_resume, no_fields, 200,
        "Channel", "Goes on"),
    act(METHOD_DELETE, B "/channels/{id}", PERM_CHANNEL_EDIT, 0, 0, h_channel_remove, NULL, 204, NULL,
        "Disconnects and forgets the token"),

    get(B "/archives", PERM_IMPORT_READ, h_archives, NULL, "Archives", "The newest 100 archives"),
    act(METHOD_POST, B "/archives", PERM_IMPORT_RUN, ROUTE_KEY, SMALL, h_archive_add, archive_fields, 201, "Archive",
        "Announces a file"),
    get(B "/archives/{id}", PERM_IMPORT_READ, h_archive, NULL, "Archive", "One archive"),
    { METHOD_PUT, B "/archives/{id}/bytes", PERM_IMPORT_RUN, ROUTE_RAW | ROUTE_BULK, 4 * MIB, h_archive_bytes, NULL,
      NULL, "offset", 200, "Received", "The next bytes of a file" },
    act(METHOD_POST, B "/archives/{id}/start", PERM_IMPORT_RUN, 0, SMALL, h_archive_start, archive_start_fields, 202,
        "Archive", "Imports, or answers its question"),
    act(METHOD_POST, B "/archives/{id}/undo", PERM_IMPORT_RUN, 0, SMALL, h_archive_undo, no_fields, 202, "Archive",
        "Takes an import back: exactly its messages go"),
    act(METHOD_DELETE, B "/archives/{id}", PERM_IMPORT_RUN, 0, 0, h_archive_cancel, NULL, 204, NULL,
        "Gives an import up"),

    { METHOD_GET, B "/media/{hash}", PERM_INBOX_READ, ROUTE_BULK, 0, h_media, NULL, NULL, NULL, 200, "Bytes",
      "A message's file, by SHA-256" },
    get(B "/events", PERM_INBOX_READ, h_events, "last", "Events", "News as server-sent events"),

    { METHOD_GET, "*", PERM_PUBLIC, 0, 0, NULL, h_file, NULL, NULL, 200, "Bytes", "The panel's files" },
};
const size_t route_count = COUNT_OF(routes);
