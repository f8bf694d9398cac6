/* Every handler, and the tables of the bodies they read. One file of backend/http a subject. */
#ifndef TANGGAP_HTTP_HANDLERS_H
#define TANGGAP_HTTP_HANDLERS_H

#include "http/files.h"
#include "http/hooks.h"
#include "http/reply.h"

/* handle_session.c */
handler_fn h_login, h_logout, h_me, h_me_patch, h_password;
extern const struct json_in_field login_fields[], me_fields[], password_fields[];

/* handle_people.c */
handler_fn h_people, h_people_add, h_people_patch;
extern const struct json_in_field person_add_fields[], person_patch_fields[];

/* handle_inbox.c */
handler_fn h_counts, h_conversations, h_conversation, h_messages, h_versions;

/* handle_act.c */
handler_fn h_send, h_upload, h_resolve, h_reopen, h_spam, h_not_spam, h_assign, h_no_reply, h_read, h_outbox_cancel,
    h_outbox_retry;
extern const struct json_in_field send_fields[], no_fields[], assign_fields[], no_reply_fields[], read_fields[],
    retry_fields[];

/* handle_moderate.c */
handler_fn h_moderate;
extern const struct json_in_field moderate_fields[];

/* handle_contact.c */
handler_fn h_contacts, h_contact, h_contact_patch, h_contact_erase;
extern const struct json_in_field contact_fields[];

/* handle_merge.c */
handler_fn h_suggestions, h_merges, h_merge, h_merge_undo, h_apart;
extern const struct json_in_field other_fields[];

/* handle_channel.c */
handler_fn h_channels, h_channel_check, h_channel_pause, h_channel_resume, h_channel_remove;

/* handle_connect.c */
handler_fn h_platforms, h_channel_add, h_channel_login, h_channel_choose, h_oauth_back;
extern const struct json_in_field channel_fields[], channel_choice_fields[];

/* handle_withdrawn.c */
handler_fn h_deauthorised, h_deletion, h_deletion_status;

/* handle_archive.c */
handler_fn h_archives, h_archive, h_archive_add, h_archive_bytes, h_archive_start, h_archive_undo, h_archive_cancel, h_media;
extern const struct json_in_field archive_fields[], archive_start_fields[];

/* handle_system.c */
handler_fn h_events, h_health, h_ready, h_metrics;
/* openapi.c */
handler_fn h_openapi;

#endif
