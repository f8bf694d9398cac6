/* What a role may do: data, not code. A route names one permission; the roles that hold it become the bits that
 * session_enter() checks inside the database. */
#ifndef TANGGAP_HTTP_PERMISSION_H
#define TANGGAP_HTTP_PERMISSION_H

#include "domain/person.h"

#define PERMISSIONS(X)                                                                                        \
    X(INBOX_READ, "inbox.read") X(INBOX_ACT, "inbox.act") X(REPLY_SEND, "reply.send")                         \
    X(MESSAGE_MODERATE, "message.moderate")                                                                   \
    X(CONTACT_READ, "contact.read") X(CONTACT_EDIT, "contact.edit") X(CONTACT_ERASE, "contact.erase")         \
    X(PEOPLE_READ, "people.read") X(PEOPLE_EDIT, "people.edit") X(CHANNEL_READ, "channel.read")               \
    X(CHANNEL_EDIT, "channel.edit") X(IMPORT_READ, "import.read") X(IMPORT_RUN, "import.run")                 \
    X(EXPORT_RUN, "export.run") X(AUDIT_READ, "audit.read")

enum permission {
    PERM_PUBLIC,                  /* nobody in particular                  */
    PERM_PERSON,                  /* anyone who is logged in               */
#define X(name, word) PERM_##name,
    PERMISSIONS(X)
#undef X
    PERM_COUNT
};

#define ROLE_COUNT 7
const char *permission_word(enum permission p);               /* NULL for PUBLIC and PERSON */
bool permission_has(enum role r, enum permission p);
uint32_t permission_roles(enum permission p);                 /* bit (1 << role) of each role that holds it */
/* NULL-terminated, index + 1 = enum role: for JSON_IN_WORD. */
extern const char *const role_words[];

#endif
