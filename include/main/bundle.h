/* Files in a vault, one after the other: the inside of a backup. */
#ifndef TANGGAP_MAIN_BUNDLE_H
#define TANGGAP_MAIN_BUNDLE_H

#include "util/vault.h"

#define BUNDLE_NAME_MAX 512

/* First byte of a message. */
enum bundle_message { BUNDLE_FILE = 'F', BUNDLE_DATA = 'D', BUNDLE_END = 'E' };

/* Everything that can be read from fd (or the bytes) becomes a file of that name. */
MUST_CHECK int bundle_add_fd(struct vault *v, const char *name, int fd, struct fail *why);
MUST_CHECK int bundle_add(struct vault *v, const char *name, struct text bytes, struct fail *why);

/* Where a file's bytes go; called with ptr NULL at its end. */
typedef int bundle_sink(struct text piece, void *arg);
struct bundle_reader {
    struct vault *vault;
    struct buf message;
};
#define BUNDLE_READER(v) { (v), BUF_INIT(VAULT_MESSAGE_MAX + 1024) }
/* The next file's name (valid until the next call). 1, 0 no more, -1. */
MUST_CHECK int bundle_next(struct bundle_reader *r, char name[BUNDLE_NAME_MAX], struct fail *why);
/* Its bytes, all of them. */
MUST_CHECK int bundle_read(struct bundle_reader *r, bundle_sink *sink, void *arg, struct fail *why);
void bundle_reader_fini(struct bundle_reader *r);

/* True for a name below a folder that stays below it: no "..", no empty part, no slash at the ends. */
bool bundle_name_is_safe(struct text name);

#endif
