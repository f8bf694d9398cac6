/* Asks a serve on this machine whether it is ready. */
#ifndef TANGGAP_MAIN_READY_H
#define TANGGAP_MAIN_READY_H

/* listen as in http.listen. 1 when /readyz says yes, else 0. Waits at
 * most a second. */
int ready_ask(const char *listen);

#endif
