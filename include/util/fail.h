/* Why a call failed: one list of codes for C, HTTP, the wire and the panel. */
#ifndef TANGGAP_UTIL_FAIL_H
#define TANGGAP_UTIL_FAIL_H

#include <stdbool.h>

/*  symbol          HTTP  word on the wire      */
#define FAIL_CODES(X)                          \
    X(NONE,          200, "none")              \
    X(BAD_REQUEST,   400, "bad_request")       \
    X(BAD_FIELD,     400, "bad_field")         \
    X(NOT_LOGGED_IN, 401, "not_logged_in")     \
    X(WRONG_LOGIN,   401, "wrong_login")       \
    X(FORBIDDEN,     403, "forbidden")         \
    X(NOT_FOUND,     404, "not_found")         \
    X(BAD_METHOD,    405, "bad_method")        \
    X(CONFLICT,      409, "conflict")          \
    X(NEWER_MESSAGE, 409, "newer_message")     \
    X(BAD_OFFSET,    409, "bad_offset")        \
    X(TOO_LARGE,     413, "too_large")         \
    X(BAD_FILE,      422, "bad_file")          \
    X(NOT_POSSIBLE,  422, "not_possible")      \
    X(WINDOW_CLOSED, 422, "window_closed")     \
    X(SLOW_DOWN,     429, "slow_down")         \
    X(INTERNAL,      500, "internal")          \
    X(TRY_AGAIN,     503, "try_again")

enum fail_code {
#define X(name, status, word) FAIL_##name,
    FAIL_CODES(X)
#undef X
    FAIL_CODE_COUNT
};

/* The reason of the last failure. Filled by whoever returns -1, read once at the edge (dispatcher, job runner, main). */
struct fail {
    enum fail_code code;
    char field[64];       /* which input was bad, as a path ("author.name"), or "" */
    long line;            /* 1-based line of a file, or 0                          */
    int retry_after_s;    /* for SLOW_DOWN and TRY_AGAIN, else 0                   */
    char text[240];       /* plain English for the log; people see the catalogue's words for code and field */
};

/* Sets the reason and returns -1, so that `return fail(&c->fail, …)` is the whole error path. */
int fail(struct fail *f, enum fail_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int fail_field(struct fail *f, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));
int fail_line(struct fail *f, enum fail_code code, long line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void fail_clear(struct fail *f);
int fail_http_status(enum fail_code code);
const char *fail_word(enum fail_code code);

#endif
