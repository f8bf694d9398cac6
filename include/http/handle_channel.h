/* What the handlers of channels share. */
#ifndef TANGGAP_HTTP_HANDLE_CHANNEL_H
#define TANGGAP_HTTP_HANDLE_CHANNEL_H

#include "http/reply.h"

/* Answers with one channel as it is; NOT_FOUND. */
int answer_channel(struct request *rq, struct reply *rp, int64_t id, int status);
/* Wakes the worker, and tells the panels that channels changed. */
void tell_channel(struct request *rq);

#endif
