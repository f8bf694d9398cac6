/* The panel's files, read into memory once: ETag, precompressed bodies (file.br, file.gz beside it), content type,
 * and the names with a hash in them cached for ever. Paths are matched against this list only, so nothing outside
 * the folder can be asked for. */
#ifndef TANGGAP_HTTP_FILES_H
#define TANGGAP_HTTP_FILES_H

#include "http/reply.h"

struct files;

/* A missing or empty folder is not an error: then only the API answers. */
MUST_CHECK int files_load(const char *folder, struct files **out, struct fail *why);
void files_free(struct files *f);
size_t files_count(const struct files *f);
handler_fn h_file;                          /* direct */

#endif
