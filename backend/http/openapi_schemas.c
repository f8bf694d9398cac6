/* The shapes of answers, as JSON Schema. tests/e2e holds real answers against them. */
#include "http/openapi.h"

#include <stddef.h>

const struct schema schemas[] = {
    { "Any", "{}" },
    { "Text", "{\"type\":\"string\"}" },
    { "Bytes", "{\"type\":\"string\"}" },
    { "Events", "{\"type\":\"string\"}" },
    { "Problem",
      __extension__ "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
      "\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"},"
      "\"field\":{\"type\":\"string\"},\"line\":{\"type\":\"integer\"},\"retry_after\":{\"type\":\"integer\"},"
      "\"newest\":{\"type\":[\"string\",\"null\"]},\"received\":{\"type\":\"integer\"}},\"required\":[\"type\","
      "\"title\",\"status\",\"code\",\"detail\"]}" },
    { "Me",
      __extension__ "{\"type\":\"object\",\"properties\":{\"person\":{\"type\":\"object\",\"properties\":{\"id\":{"
      "\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"},\"language\":{"
      "\"enum\":[\"id\",\"en\"]},\"theme\":{\"enum\":[\"auto\",\"light\",\"dark\"]}},\"required\":[\"id\",\"name\","
      "\"email\",\"language\",\"theme\"]},\"csrf\":{\"type\":\"string\"},\"businesses\":{\"type\":\"array\","
      "\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
      "\"role\":{\"type\":\"string\"},\"zone\":{\"type\":\"string\"},\"is_demo\":{\"type\":\"boolean\"},"
      "\"permissions\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"required\":[\"id\",\"name\","
      "\"role\",\"zone\",\"is_demo\",\"permissions\"]}}},\"required\":[\"person\",\"csrf\",\"businesses\"]}" },
    { "Counts",
      __extension__ "{\"type\":\"object\",\"properties\":{\"waiting\":{\"type\":\"integer\"},\"mine\":{\"type\":\"integer\"},"
      "\"open\":{\"type\":\"integer\"},\"unassigned\":{\"type\":\"integer\"},\"resolved\":{\"type\":\"null\"},"
      "\"oldest_wait\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"channels_ill\":{"
      "\"type\":\"integer\"}},\"required\":[\"waiting\",\"mine\",\"open\",\"unassigned\",\"resolved\","
      "\"oldest_wait\",\"channels_ill\"]}" },
    { "Row",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"thread\":{\"type\":\"string\"},"
      "\"type\":{\"enum\":[\"direct\",\"comment\",\"group\"]},\"channel\":{\"type\":\"string\"},\"platform\":{"
      "\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"contact\":{\"type\":[\"string\",\"null\"]},"
      "\"preview\":{\"type\":\"string\"},\"preview_side\":{\"enum\":[\"\",\"in\",\"out\",\"system\"]},\"last_at\":{"
      "\"type\":\"string\",\"format\":\"date-time\"},\"wait_since\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"status\":{\"enum\":[\"open\",\"snoozed\",\"resolved\",\"spam\"]},"
      "\"assignee\":{\"type\":[\"string\",\"null\"]},\"unread\":{\"type\":\"boolean\"},\"is_backfill\":{"
      "\"type\":\"boolean\"},\"first_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
      "\"window\":{\"type\":[\"object\",\"null\"],\"properties\":{\"state\":{"
      "\"enum\":[\"open\",\"late\",\"closed\"]},\"closes_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"late_closes_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"then\":{\"enum\":[\"template\",\"human_agent\",\"none\"]}},"
      "\"required\":[\"state\",\"closes_at\",\"late_closes_at\",\"then\"]}},\"required\":[\"id\","
      "\"thread\",\"type\",\"channel\",\"platform\",\"name\",\"contact\",\"preview\",\"preview_side\","
      "\"last_at\",\"wait_since\",\"status\",\"assignee\",\"unread\",\"is_backfill\",\"first_at\",\"window\"]}" },
    { "Rows",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{"
      "\"$ref\":\"#/components/schemas/Row\"}},\"next\":{\"type\":[\"string\",\"null\"]}},"
      "\"required\":[\"items\",\"next\"]}" },
    { "Conversation",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"thread\":{\"type\":\"string\"},"
      "\"type\":{\"enum\":[\"direct\",\"comment\",\"group\"]},\"channel\":{\"type\":\"string\"},\"platform\":{"
      "\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"contact\":{\"type\":[\"string\",\"null\"]},"
      "\"preview\":{\"type\":\"string\"},\"preview_side\":{\"enum\":[\"\",\"in\",\"out\",\"system\"]},\"last_at\":{"
      "\"type\":\"string\",\"format\":\"date-time\"},\"wait_since\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"status\":{\"enum\":[\"open\",\"snoozed\",\"resolved\",\"spam\"]},"
      "\"assignee\":{\"type\":[\"string\",\"null\"]},\"unread\":{\"type\":\"boolean\"},\"is_backfill\":{"
      "\"type\":\"boolean\"},\"first_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
      "\"window\":{\"type\":[\"object\",\"null\"],\"properties\":{\"state\":{"
      "\"enum\":[\"open\",\"late\",\"closed\"]},\"closes_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"late_closes_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"then\":{\"enum\":[\"template\",\"human_agent\",\"none\"]}},"
      "\"required\":[\"state\",\"closes_at\",\"late_closes_at\",\"then\"]},"
      "\"episodes\":{"
      "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"
      "\"first_at\":{\"type\":\"string\",\"format\":\"date-time\"},\"last_at\":{\"type\":\"string\","
      "\"format\":\"date-time\"},\"status\":{\"type\":\"string\"},\"resolved_at\":{\"type\":[\"string\","
      "\"null\"],\"format\":\"date-time\"},\"resolved_by\":{\"type\":[\"string\",\"null\"]}},"
      "\"required\":[\"id\",\"first_at\",\"last_at\",\"status\",\"resolved_at\",\"resolved_by\"]}},"
      "\"contact_detail\":{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"
      "\"name\":{\"type\":\"string\"},\"identities\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"properties\":{\"platform\":{\"type\":\"string\"},\"username\":{\"type\":\"string\"},\"phone\":{"
      "\"type\":\"string\"},\"name\":{\"type\":\"string\"}},\"required\":[\"platform\",\"username\",\"phone\","
      "\"name\"]}},\"since\":{\"type\":\"string\",\"format\":\"date-time\"},\"last_at\":{\"type\":[\"string\","
      "\"null\"],\"format\":\"date-time\"},\"conversations\":{\"type\":\"integer\"}},\"required\":[\"id\","
      "\"name\",\"identities\",\"since\",\"last_at\",\"conversations\"]},{\"type\":\"null\"}]},\"can_reply\":{"
      "\"type\":\"boolean\"},\"reply_by\":{\"enum\":[\"platform\",\"hand\",\"none\"]},\"max_text_units\":{"
      "\"type\":\"integer\"},\"can_attach\":{\"type\":\"boolean\"},\"is_blocked\":{\"type\":\"boolean\"},\"last_message\":{\"type\":[\"string\","
      "\"null\"]},\"thread_detail\":{\"type\":\"object\"},\"acts\":{\"type\":\"object\",\"properties\":{"
      "\"theirs\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"ours\":{\"type\":\"array\",\"items\":{"
      "\"type\":\"string\"}},\"cost\":{\"type\":\"integer\"},\"private_reply\":{\"type\":\"boolean\"}},"
      "\"required\":[\"theirs\",\"ours\",\"cost\",\"private_reply\"]},\"post\":{\"anyOf\":[{\"type\":\"object\","
      "\"properties\":{\"external_id\":{\"type\":\"string\"},\"text\":{\"type\":[\"string\",\"null\"]},\"link\":{"
      "\"type\":[\"string\",\"null\"]},\"posted_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"
      "\"deleted_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"is_ours\":{\"type\":\"boolean\"},"
      "\"likes\":{\"type\":[\"integer\",\"null\"]},\"comments\":{\"type\":[\"integer\",\"null\"]},\"shares\":{"
      "\"type\":[\"integer\",\"null\"]},\"views\":{\"type\":[\"integer\",\"null\"]},\"numbers_at\":{"
      "\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}},\"required\":[\"external_id\",\"text\",\"link\","
      "\"posted_at\",\"deleted_at\",\"is_ours\",\"likes\",\"comments\",\"shares\",\"views\",\"numbers_at\"]},{"
      "\"type\":\"null\"}]}},\"required\":[\"id\",\"thread\",\"type\",\"channel\","
      "\"platform\",\"name\",\"contact\",\"preview\",\"preview_side\",\"last_at\",\"wait_since\",\"status\","
      "\"assignee\",\"unread\",\"is_backfill\",\"first_at\",\"window\",\"episodes\",\"contact_detail\",\"can_reply\","
      "\"reply_by\",\"max_text_units\",\"can_attach\",\"is_blocked\",\"last_message\",\"thread_detail\",\"acts\",\"post\"]}" },
    { "Message",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"external_id\":{\"type\":\"string\"},"
      "\"conversation\":{\"type\":\"string\"},\"direction\":{\"enum\":[\"\",\"in\",\"out\",\"system\"]},"
      "\"sender_kind\":{\"enum\":[\"\",\"customer\",\"agent\",\"auto\",\"system\"]},\"device\":{"
      "\"type\":\"string\"},\"kind\":{\"enum\":[\"message\",\"unsupported\",\"system\",\"post\"]},\"author\":{"
      "\"anyOf\":[{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{"
      "\"type\":\"string\"}},\"required\":[\"id\",\"name\"]},{\"type\":\"null\"}]},\"person\":{\"anyOf\":[{"
      "\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}},"
      "\"required\":[\"id\",\"name\"]},{\"type\":\"null\"}]},\"sent_at\":{\"type\":\"string\","
      "\"format\":\"date-time\"},\"text\":{\"type\":[\"string\",\"null\"]},\"entities\":{\"type\":\"array\","
      "\"items\":{\"type\":\"object\"}},\"edited_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"
      "\"deleted_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"version\":{"
      "\"type\":\"integer\"},\"reply_to\":{\"type\":[\"object\",\"null\"]},\"delivery\":{\"enum\":[\"none\","
      "\"sent\",\"delivered\",\"read\",\"failed\",\"by_hand\"]},\"fail_text\":{\"type\":[\"string\",\"null\"]},"
      "\"attachments\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"reactions\":{\"type\":\"array\","
      "\"items\":{\"type\":\"object\"}},\"detail\":{\"type\":\"object\"},\"is_backfill\":{\"type\":\"boolean\"},"
      "\"moderation\":{\"type\":[\"object\",\"null\"]}},"
      "\"required\":[\"id\",\"external_id\",\"conversation\",\"direction\",\"sender_kind\",\"device\",\"kind\","
      "\"author\",\"person\",\"sent_at\",\"text\",\"edited_at\",\"deleted_at\",\"version\",\"reply_to\","
      "\"delivery\",\"fail_text\",\"attachments\",\"reactions\",\"is_backfill\",\"moderation\"]}" },
    { "Moderation",
      "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},\"act\":{"
      "\"type\":\"string\"},\"state\":{\"enum\":[\"queued\",\"asked\",\"done\",\"refused\",\"overtaken\"]},\"reason\":{"
      "\"type\":\"string\"},\"fail_code\":{\"type\":\"string\"},\"fail_text\":{\"type\":\"string\"},\"person\":{"
      "\"type\":\"string\"},\"created_at\":{\"type\":\"string\",\"format\":\"date-time\"}},\"required\":[\"id\","
      "\"message\",\"act\",\"state\",\"reason\",\"fail_code\",\"fail_text\",\"person\",\"created_at\"]}" },
    { "Outbox",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"state\":{\"enum\":[\"queued\","
      "\"sending\",\"sent\",\"refused\",\"undecided\",\"cancelled\"]},\"text\":{\"type\":\"string\"},\"person\":{"
      "\"anyOf\":[{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{"
      "\"type\":\"string\"}},\"required\":[\"id\",\"name\"]},{\"type\":\"null\"}]},\"created_at\":{"
      "\"type\":\"string\",\"format\":\"date-time\"},\"attempts\":{\"type\":\"integer\"},\"next_try\":{"
      "\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"fail_code\":{\"type\":\"string\"},"
      "\"fail_text\":{\"type\":\"string\"},\"file_name\":{\"type\":\"string\"},\"message\":{\"anyOf\":[{"
      "\"$ref\":\"#/components/schemas/Message\"},{\"type\":\"null\"}]}},\"required\":[\"id\",\"state\","
      "\"text\",\"person\",\"created_at\",\"attempts\",\"next_try\",\"fail_code\",\"fail_text\"]}" },
    { "Messages",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{"
      "\"$ref\":\"#/components/schemas/Message\"}},\"next\":{\"type\":[\"string\",\"null\"]},\"pending\":{"
      "\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Outbox\"}},\"activity\":{"
      "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"kind\":{"
      "\"type\":\"string\"},\"person\":{\"type\":[\"string\",\"null\"]},\"at\":{\"type\":\"string\","
      "\"format\":\"date-time\"},\"conversation\":{\"type\":\"string\"},\"detail\":{\"type\":\"object\"}},"
      "\"required\":[\"id\",\"kind\",\"person\",\"at\",\"conversation\",\"detail\"]}}},\"required\":[\"items\","
      "\"next\"]}" },
    { "Versions",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"properties\":{\"version\":{\"type\":\"integer\"},\"seen_at\":{\"type\":\"string\","
      "\"format\":\"date-time\"},\"text\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"version\","
      "\"seen_at\",\"text\"]}}},\"required\":[\"items\"]}" },
    { "Contacts",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"identities\":{"
      "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"platform\":{\"type\":\"string\"},"
      "\"username\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}},"
      "\"required\":[\"platform\",\"username\",\"phone\",\"name\"]}},\"since\":{\"type\":\"string\","
      "\"format\":\"date-time\"},\"last_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"
      "\"conversations\":{\"type\":\"integer\"}},\"required\":[\"id\",\"name\",\"identities\",\"since\","
      "\"last_at\",\"conversations\"]}},\"next\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"items\","
      "\"next\"]}" },
    { "ContactDetail",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
      "\"identities\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"platform\":{"
      "\"type\":\"string\"},\"username\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},\"name\":{"
      "\"type\":\"string\"}},\"required\":[\"platform\",\"username\",\"phone\",\"name\"]}},\"since\":{"
      "\"type\":\"string\",\"format\":\"date-time\"},\"last_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"conversations\":{\"type\":\"array\",\"items\":{"
      "\"$ref\":\"#/components/schemas/Row\"}}},\"required\":[\"id\",\"name\",\"identities\",\"since\","
      "\"last_at\",\"conversations\"]}" },
    { "Suggestions",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"identities\":{"
      "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"platform\":{\"type\":\"string\"},"
      "\"username\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}},"
      "\"required\":[\"platform\",\"username\",\"phone\",\"name\"]}},\"since\":{\"type\":\"string\","
      "\"format\":\"date-time\"},\"last_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},"
      "\"conversations\":{\"type\":\"integer\"},\"reasons\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"properties\":{\"kind\":{\"enum\":[\"phone\",\"number\",\"handle\",\"username\"]},\"value\":{"
      "\"type\":\"string\"},\"is_theirs\":{\"type\":\"boolean\"}},\"required\":[\"kind\",\"value\","
      "\"is_theirs\"]}}},\"required\":[\"id\",\"name\",\"identities\",\"since\",\"last_at\",\"conversations\","
      "\"reasons\"]}}},\"required\":[\"items\"]}" },
    { "Merges",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"properties\":{\"id\":{\"type\":\"string\"},\"contact\":{\"type\":\"object\",\"properties\":{\"id\":{"
      "\"type\":\"string\"},\"name\":{\"type\":\"string\"}},\"required\":[\"id\",\"name\"]},\"into\":{"
      "\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"}},"
      "\"required\":[\"id\",\"name\"]},\"merged_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
      "\"merged_by\":{\"type\":[\"string\",\"null\"]},\"undone_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"},\"undone_by\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"id\","
      "\"contact\",\"into\",\"merged_at\",\"merged_by\",\"undone_at\",\"undone_by\"]}}},\"required\":[\"items\"]}" },
    { "Merged",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"contact\":{\"type\":\"string\"}},"
      "\"required\":[\"id\",\"contact\"]}" },
    { "Person",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"email\":{"
      "\"type\":\"string\"},\"role\":{\"type\":\"string\"},\"disabled\":{\"type\":\"boolean\"},\"last_seen\":{"
      "\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}},\"required\":[\"id\",\"name\",\"email\",\"role\","
      "\"disabled\",\"last_seen\"]}" },
    { "People", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Person\"}}" },
    { "Channel",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"platform\":{\"type\":\"string\"},"
      "\"name\":{\"type\":\"string\"},\"external_id\":{\"type\":\"string\"},\"transport\":{\"enum\":[\"file\","
      "\"poll\",\"hook\"]},\"status\":{\"enum\":[\"healthy\",\"quiet\",\"broken\",\"paused\",\"checking\"]},"
      "\"status_code\":{\"type\":\"string\"},\"status_since\":{\"type\":\"string\",\"format\":\"date-time\"},"
      "\"last_event_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"last_ok_at\":{"
      "\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"messages_24h\":{\"type\":\"integer\"},"
      "\"facts\":{\"type\":\"object\"},\"health\":{\"type\":\"object\",\"properties\":{\"warning\":{\"enum\":[\"\",\"expired\","
      "\"hook_gone\",\"expires\",\"sends_fail\",\"silent\"]},\"usual_gap_s\":{\"type\":[\"integer\",\"null\"]},\"expires_at\":{"
      "\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"sends_waiting\":{\"type\":\"integer\"},\"gaps\":{"
      "\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"backfill\":{\"enum\":[\"none\",\"reading\",\"done\",\"given_up\"]},"
      "\"backfill_count\":{\"type\":\"integer\"}}},\"hook_url\":{\"type\":\"string\"},\"verify_token\":{\"type\":\"string\"},"
      "\"hook_looked_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}},\"required\":[\"id\",\"platform\","
      "\"name\",\"external_id\",\"transport\",\"status\",\"status_code\",\"status_since\",\"last_event_at\","
      "\"last_ok_at\",\"messages_24h\",\"facts\",\"health\"]}" },
    { "Deletion",
      "{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\"},\"confirmation_code\":{\"type\":\"string\"}},"
      "\"required\":[\"url\",\"confirmation_code\"]}" },
    { "Address", "{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\"}},\"required\":[\"url\"]}" },
    { "Platforms",
      __extension__ "{\"type\":\"object\",\"properties\":{\"takes_hooks\":{\"type\":\"boolean\"},\"items\":{\"type\":\"array\","
      "\"items\":{\"type\":\"object\",\"properties\":{\"platform\":{\"type\":\"string\"},\"makes\":{\"type\":\"array\",\"items\":{"
      "\"type\":\"string\"}},\"transports\":{\"type\":\"array\",\"items\":{\"enum\":[\"poll\",\"hook\"]}},\"has_login\":{"
      "\"type\":\"boolean\"},\"redirect_url\":{\"type\":\"string\"},\"fields\":{\"type\":\"array\",\"items\":{"
      "\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"need\":{\"enum\":[\"optional\",\"always\","
      "\"for_hook\",\"or_login\"]},\"is_secret\":{\"type\":\"boolean\"},\"pattern\":{\"type\":\"string\"}},"
      "\"required\":[\"name\",\"need\",\"is_secret\",\"pattern\"]}}},\"required\":[\"platform\",\"makes\",\"transports\","
      "\"has_login\",\"fields\"]}}},\"required\":[\"takes_hooks\",\"items\"]}" },
    { "Channels",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{"
      "\"$ref\":\"#/components/schemas/Channel\"}},\"next\":{\"type\":[\"string\",\"null\"]}},"
      "\"required\":[\"items\",\"next\"]}" },
    { "Archive",
      __extension__ "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"file_name\":{\"type\":\"string\"},"
      "\"size\":{\"type\":\"integer\"},\"received\":{\"type\":\"integer\"},\"format\":{\"type\":\"string\"},"
      "\"state\":{\"enum\":[\"uploading\",\"queued\",\"reading\",\"merging\",\"done\",\"failed\",\"question\",\"undoing\",\"undone\"]},"
      "\"options\":{\"type\":\"object\"},\"progress\":{\"type\":\"object\"},\"summary\":{\"type\":\"object\"},"
      "\"error\":{\"type\":[\"object\",\"null\"]},\"channel\":{\"type\":[\"string\",\"null\"]},\"created_at\":{"
      "\"type\":\"string\",\"format\":\"date-time\"},\"done_at\":{\"type\":[\"string\",\"null\"],"
      "\"format\":\"date-time\"}},\"required\":[\"id\",\"file_name\",\"size\",\"received\",\"format\",\"state\","
      "\"options\",\"progress\",\"summary\",\"error\",\"channel\",\"created_at\",\"done_at\"]}" },
    { "Archives",
      __extension__ "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{"
      "\"$ref\":\"#/components/schemas/Archive\"}},\"next\":{\"type\":[\"string\",\"null\"]}},"
      "\"required\":[\"items\",\"next\"]}" },
    { "Upload",
      __extension__ "{\"type\":\"object\",\"properties\":{\"file\":{\"type\":\"string\"},\"size\":{\"type\":\"integer\"}},"
      "\"required\":[\"file\",\"size\"]}" },
    { "Received", "{\"type\":\"object\",\"properties\":{\"received\":{\"type\":\"integer\"}},\"required\":[\"received\"]}" },
    { NULL, NULL },
};
