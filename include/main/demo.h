/* The demo business's conversations: a script with times relative to now. */
#ifndef TANGGAP_MAIN_DEMO_H
#define TANGGAP_MAIN_DEMO_H

struct demo_chat {
    const char *name;       /* of the customer; NULL ends the table */
    int ago;                /* minutes since the last line          */
    const char *lines;      /* see backend/main/demo_script.c       */
};

extern const struct demo_chat demo_chats[];

#endif
