/* Roles and what they may do. */
#include "http/permission.h"

#define BIT(role) (1u << (role))
#define READERS \
    (BIT(ROLE_OWNER) | BIT(ROLE_APPROVER) | BIT(ROLE_AGENT) | BIT(ROLE_TRAINER) | BIT(ROLE_PARTICIPANT) | BIT(ROLE_OBSERVER))
#define ACTORS (BIT(ROLE_OWNER) | BIT(ROLE_APPROVER) | BIT(ROLE_AGENT) | BIT(ROLE_TRAINER) | BIT(ROLE_PARTICIPANT))
#define LEADERS (BIT(ROLE_OWNER) | BIT(ROLE_APPROVER) | BIT(ROLE_TRAINER))

static const uint32_t holders[PERM_COUNT] = {
    [PERM_INBOX_READ] = READERS,
    [PERM_INBOX_ACT] = ACTORS,
    [PERM_REPLY_SEND] = ACTORS,
    [PERM_MESSAGE_MODERATE] = ACTORS,
    [PERM_CONTACT_READ] = READERS,
    [PERM_CONTACT_EDIT] = ACTORS,
    [PERM_CONTACT_ERASE] = BIT(ROLE_OWNER),
    [PERM_PEOPLE_READ] = READERS,
    [PERM_PEOPLE_EDIT] = BIT(ROLE_OWNER),
    [PERM_CHANNEL_READ] = READERS,
    [PERM_CHANNEL_EDIT] = BIT(ROLE_OWNER),
    [PERM_IMPORT_READ] = READERS,
    [PERM_IMPORT_RUN] = LEADERS,
    [PERM_EXPORT_RUN] = BIT(ROLE_OWNER),
    [PERM_AUDIT_READ] = BIT(ROLE_OWNER) | BIT(ROLE_APPROVER),
};

const char *const role_words[] = { "owner", "approver", "agent", "trainer", "participant", "observer", NULL };

const char *permission_word(enum permission p)
{
    static const char *const names[PERM_COUNT] = {
#define X(name, word) [PERM_##name] = word,
        PERMISSIONS(X)
#undef X
    };

    return p < PERM_COUNT ? names[p] : NULL;
}

uint32_t permission_roles(enum permission p)
{
    return p < PERM_COUNT ? holders[p] : 0;
}

bool permission_has(enum role r, enum permission p)
{
    return (permission_roles(p) >> r) & 1;
}
