/* The program: one table of commands. */
#include "main/command.h"
#include "util/crypto.h"
#include "util/log.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int command_help(struct invocation *in);

static const struct command commands[] = {
    { "up", command_up, "run everything: the database, serve and work" },
    { "serve", command_serve, "answer browsers and platforms" },
    { "work", command_work, "talk to the platforms: receive, poll, send, import" },
    { "migrate", command_migrate, "bring the database's schema up to date" },
    { "doctor", command_doctor, "say what is wrong and how to mend it" },
    { "business", command_business, "add, list: tenants" },
    { "person", command_person, "add, passwd, list: who may log in" },
    { "parse", command_parse, "print the normal form of an export or payload, without a database" },
    { "channel", command_channel, "add, list, check, remove: connected accounts" },
    { "backup", command_backup, "everything into one sealed file" },
    { "restore", command_restore, "such a file into an empty system" },
    { "demo", command_demo, "a business with invented customers" },
    { "import", command_import, "chat exports into a channel" },
    { "export", command_export, "messages out again, in the normal form" },
    { "erase", command_erase, "forget a person" },
    { "key", command_key, "rotate: a new sealing key" },
    { "audit", command_audit, "verify: the hash chains of the audit log" },
    { "help", command_help, "this list" },
};

static void print_help(FILE *to)
{
    fputs("usage: tanggap COMMAND [options]\n\n", to);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\ntanggap COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 used wrongly.\n", to);
}

static int command_help(struct invocation *in)
{
    (void)in;
    print_help(stdout);
    return COMMAND_DONE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return COMMAND_MISUSED;
    }
    const char *name = strcmp(argv[1], "--help") == 0 ? "help" : argv[1];
    /* Children and the other half of the state folder's group read what we write; strangers do not. */
    umask(0007);
    signal(SIGPIPE, SIG_IGN);
    if (!setlocale(LC_CTYPE, "C.UTF-8") || crypto_init()) {
        fputs("tanggap: the system's locale C.UTF-8 or its random numbers are missing\n", stderr);
        return COMMAND_FAILED;
    }
    log_setup(name, LOG_INFO);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(name, commands[i].name) == 0) {
            struct invocation in = { commands[i].name, getenv("TANGGAP_CONFIG"), argc - 2, argv + 2 };

            return commands[i].run(&in);
        }
    fprintf(stderr, "tanggap: there is no command \"%s\"\n\n", name);
    print_help(stderr);
    return COMMAND_MISUSED;
}
