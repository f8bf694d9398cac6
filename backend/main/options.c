/* Options of commands, from tables; and how commands speak to the person who typed them. */
#include "main/command.h"
#include "util/str.h"

#include <stdarg.h>
#include <stdio.h>

static void print_usage(const struct invocation *in, const struct command_usage *u)
{
    printf("usage: tanggap %s%s%s [options]\n\n%s\n\noptions:\n", in->name, u->operands[0] ? " " : "", u->operands,
           u->about);
    for (const struct option_row *row = u->rows; row->name; row++) {
        char left[64];

        snprintf(left, sizeof(left), "--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
        printf("  %-24s %s%s\n", left, row->help, row->required ? " (required)" : "");
    }
    printf("  %-24s %s\n  %-24s %s\n", "--config FILE", "settings (default: TANGGAP_CONFIG)", "--help", "this text");
}

int command_misused(const struct invocation *in, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "tanggap %s: ", in->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry: tanggap %s --help\n", in->name);
    return COMMAND_MISUSED;
}

int command_failed(const struct invocation *in, const struct fail *why)
{
    fprintf(stderr, "tanggap %s: ", in->name);
    if (why->line)
        fprintf(stderr, "line %ld: ", why->line);
    if (why->field[0])
        fprintf(stderr, "%s: ", why->field);
    fprintf(stderr, "%s\n", why->text[0] ? why->text : fail_word(why->code));
    return COMMAND_FAILED;
}

static const struct option_row *find_row(const struct command_usage *u, struct text name)
{
    for (const struct option_row *row = u->rows; row->name; row++)
        if (text_equal(name, text_of(row->name)))
            return row;
    return NULL;
}

static int store(const struct invocation *in, const struct option_row *row, const char *value, void *target)
{
    char *at = (char *)target + row->offset;
    int64_t number;

    switch (row->kind) {
    case OPTION_NUMBER:
        if (str_whole_i64(text_of(value), &number, 0, INT64_MAX))
            return command_misused(in, "--%s wants a whole number, not \"%s\"", row->name, value);
        memcpy(at, &number, sizeof(number));
        break;
    case OPTION_FLAG:
        memcpy(at, &(bool) { true }, sizeof(bool));
        break;
    case OPTION_TEXT:
        memcpy(at, &value, sizeof(value));
        break;
    case OPTION_END:
        break;
    }
    return -1;
}

/* One option at argv[*i]; moves *i past a value that stands apart. -1 goes on, else an exit code. */
static int take_option(struct invocation *in, const struct command_usage *u, int *i, bool *seen, void *target)
{
    struct text rest = text_of(in->argv[*i] + 2);
    struct text name;
    bool has_value = str_split(&rest, '=', &name);
    bool is_config = text_equal(name, TEXT("config"));
    const struct option_row *row = is_config ? NULL : find_row(u, name);

    if (text_equal(name, TEXT("help"))) {
        print_usage(in, u);
        return COMMAND_DONE;
    }
    if (!row && !is_config)
        return command_misused(in, "there is no option --%.*s", (int)name.len, name.ptr);
    if (row && row->kind == OPTION_FLAG) {
        if (has_value)
            return command_misused(in, "--%s takes no value", row->name);
        return store(in, row, NULL, target);
    }
    if (!has_value && *i + 1 >= in->argc)
        return command_misused(in, "--%.*s wants a value", (int)name.len, name.ptr);
    const char *value = has_value ? rest.ptr : in->argv[++*i];
    if (is_config) {
        in->config_path = value;
        return -1;
    }
    seen[row - u->rows] = true;
    return store(in, row, value, target);
}

#define MAX_ROWS 32

int command_options(struct invocation *in, const struct command_usage *u, void *target)
{
    bool seen[MAX_ROWS] = { false };
    bool only_operands = false;
    int kept = 0;

    for (int i = 0; i < in->argc; i++) {
        const char *word = in->argv[i];

        if (only_operands || word[0] != '-' || word[1] == '\0') {
            in->argv[kept++] = in->argv[i];
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (word[1] != '-') {
            return command_misused(in, "there is no option %s", word);
        } else {
            int stop = take_option(in, u, &i, seen, target);

            if (stop >= 0)
                return stop;
        }
    }
    in->argc = kept;
    for (const struct option_row *row = u->rows; row->name; row++)
        if (row->required && !seen[row - u->rows])
            return command_misused(in, "--%s %s is needed", row->name, row->value);
    if (kept < u->min_operands)
        return command_misused(in, "%s is needed", u->operands);
    if (kept > u->max_operands)
        return command_misused(in, "\"%s\" is one word too many", in->argv[u->max_operands]);
    return -1;
}

int command_of_two(struct invocation *in, const struct command *table, size_t count)
{
    const char *word = in->argc ? in->argv[0] : "--help";

    for (size_t i = 0; i < count; i++) {
        const char *second = strchr(table[i].name, ' ') + 1;

        if (strcmp(word, second) == 0) {
            struct invocation inner = { table[i].name, in->config_path, in->argc - 1, in->argv + 1 };

            return table[i].run(&inner);
        }
    }
    bool asks_help = in->argc && strcmp(word, "--help") == 0;
    FILE *to = asks_help ? stdout : stderr;
    if (in->argc && !asks_help)
        fprintf(to, "tanggap %s: there is no \"%s\"\n", in->name, word);
    fputs("usage:\n", to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  tanggap %-16s %s\n", table[i].name, table[i].help);
    return asks_help ? COMMAND_DONE : COMMAND_MISUSED;
}
