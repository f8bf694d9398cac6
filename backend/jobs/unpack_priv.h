/* The confined child that reads a zip, and its protocol. Private to backend/jobs/unpack*.c. */
#ifndef TANGGAP_JOBS_UNPACK_PRIV_H
#define TANGGAP_JOBS_UNPACK_PRIV_H

#include "jobs/unpack.h"

#define UNPACK_PIECE 65536u

enum unpack_frame_type {
    FRAME_ENTRY = 1,     /* bytes: the name; size: declared, or -1; flags */
    FRAME_DATA,
    FRAME_ENTRY_END,
    FRAME_DONE,
    FRAME_BROKEN,        /* bytes: what libarchive says */
};

#define ENTRY_FOLDER    1u
#define ENTRY_ODD       2u   /* link, device …                              */
#define ENTRY_ENCRYPTED 4u

/* What goes through the pipe, followed by len bytes. */
struct unpack_frame {
    uint32_t type, flags, len, reserved;
    int64_t ordinal, size;
};

struct unpack_child {
    int fd;                       /* where its frames come from */
    int pid;
};

/* Starts the child. wanted: bit per ordinal whose bytes are sent; NULL sends the list only. 0 or -1. */
MUST_CHECK int unpack_spawn(int zip, const struct unpack_limits *limits, const uint8_t *wanted, size_t wanted_bits,
                            struct unpack_child *out, struct fail *why);
/* The next frame, its bytes in piece (UNPACK_PIECE). 0, or -1 with why (the child died or lied). */
MUST_CHECK int unpack_next(struct unpack_child *c, struct unpack_frame *frame, char *piece, struct fail *why);
void unpack_reap(struct unpack_child *c);        /* kills it if it still runs; safe to call twice */

#endif
