/* The API's description, made out of the route table, so that the two cannot differ. */
#ifndef TANGGAP_HTTP_OPENAPI_H
#define TANGGAP_HTTP_OPENAPI_H

#include "util/buf.h"

struct schema {
    const char *name;
    const char *json;             /* a JSON Schema */
};
extern const struct schema schemas[];      /* ends with a NULL name */
const struct schema *schema_find(const char *name);

void openapi_write(struct buf *out);

#endif
