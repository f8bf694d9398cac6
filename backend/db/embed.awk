# Embeds SQL into the program: awk -v out=PREFIX -f embed.awk sql/queries/*.sql sql/migrations/NNNN_*.sql sql/grants.sql
#
# A file of queries holds statements, each under a line `-- name: inbox_page`; a line `-- for: web work owner` after it
# tells which database roles run it (tests and `tanggap doctor` check their grants; without it, any one of web and
# work will do). What several statements share stands once, under a line `-- part: inbox_select`, and a line
# `@inbox_select` in a statement below it stands for it. Other comment lines are left out. PREFIX.h gets the enum,
# PREFIX.c the texts. Refuses duplicates, empty and unnamed statements, unknown parts, and gaps in the numbers of
# migrations.

function die(why)
{
    print FILENAME ":" FNR ": " why > "/dev/stderr"
    failed = 1
    exit 1
}

function literal(line,    i, c, s)
{
    s = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\\" || c == "\"" || c == "?")
            s = s "\\"
        s = s (c == "\t" ? "\\t" : c)
    }
    return "        \"" s "\\n\"\n"
}

function end_statement()
{
    if (current != "" && text[current] == "")
        die("statement " current " is empty")
    if (part != "" && part_lines[part] == 0)
        die("part " part " is empty")
    current = part = ""
}

function add_line(line)
{
    note_params(line)
    text[current] = text[current] literal(line)
}

function add_part(name,    i)
{
    if (!(name in part_lines))
        die("no part " name " above")
    for (i = 1; i <= part_lines[name]; i++)
        add_line(part_line[name, i])
}

function note_params(line,    quotes, before, n)
{
    if (match(line, /--/)) {
        before = substr(line, 1, RSTART - 1)
        quotes = gsub(/'/, "'", before)
        if (quotes % 2 == 0)
            line = before
    }
    while (match(line, /\$[0-9]+/)) {
        n = substr(line, RSTART + 1, RLENGTH - 1) + 0
        if (n > params[current])
            params[current] = n
        line = substr(line, RSTART + RLENGTH)
    }
}

function note_roles(line,    words, count, i)
{
    sub(/^-- for:[ \t]*/, "", line)
    count = split(line, words, /[ ,]+/)
    for (i = 1; i <= count; i++) {
        if (words[i] !~ /^(web|work|owner)$/)
            die("no such role: " words[i])
        roles[current] = (roles[current] ? roles[current] " | " : "") "SQL_FOR_" toupper(words[i])
    }
}

FNR == 1 {
    end_statement()
    is_query = FILENAME ~ /(^|\/)queries\/[^\/]*$/
    is_migration = FILENAME ~ /(^|\/)migrations\/[^\/]*$/
    if (is_migration) {
        base = FILENAME
        sub(/.*\//, "", base)
        sub(/\.sql$/, "", base)
        if (base !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+$/ || substr(base, 1, 4) + 0 != migrations + 1)
            die("expected migration " sprintf("%04d", migrations + 1) "_name.sql")
        migration_name[++migrations] = base
    }
}

is_migration { migration[migrations] = migration[migrations] literal($0); next }
!is_query { grants = grants literal($0); next }

/^-- name:/ {
    end_statement()
    current = $3
    if (current !~ /^[a-z][a-z0-9_]*$/ || NF != 3)
        die("a name is lower-case letters, digits and _")
    if (current in text)
        die("duplicate statement " current)
    order[++statements] = current
    text[current] = ""
    params[current] = 0
    next
}
/^-- part:/ {
    end_statement()
    part = $3
    if (part !~ /^[a-z][a-z0-9_]*$/ || NF != 3 || part in part_lines)
        die("a part has a name of its own, of lower-case letters, digits and _")
    part_lines[part] = 0
    next
}
/^-- for:/ {
    if (current == "")
        die("unnamed statement")
    note_roles($0)
    next
}
/^[ \t]*--/ || /^[ \t]*$/ { next }
part != "" { part_line[part, ++part_lines[part]] = $0; next }
current == "" { die("unnamed statement") }
/^@/ { add_part(substr($0, 2)); next }
{ add_line($0) }

END {
    if (failed)
        exit 1
    end_statement()
    h = out ".h"
    c = out ".c"
    print "/* Made by backend/db/embed.awk from sql/; not to be edited. */" > h
    print "#ifndef TANGGAP_DB_SQL_GEN_H\n#define TANGGAP_DB_SQL_GEN_H\n\n#include <stddef.h>\n\nenum sql_id {" > h
    for (i = 1; i <= statements; i++)
        print "    SQL_" toupper(order[i]) "," > h
    print "    SQL_COUNT\n};\n" > h
    print "enum { SQL_FOR_WEB = 1, SQL_FOR_WORK = 2, SQL_FOR_OWNER = 4 };\n" > h
    print "struct sql_statement {\n    const char *name;\n    const char *text;\n    int params;          /* highest $n */" > h
    print "    unsigned roles;      /* SQL_FOR_*, 0: not said */\n};\n" > h
    print "struct sql_migration {\n    int number;\n    const char *name;\n    const char *text;\n};\n" > h
    print "extern const struct sql_statement sql_statements[SQL_COUNT + 1];      /* ends with a NULL name */" > h
    print "extern const struct sql_migration sql_migrations[];                   /* ends with number 0 */" > h
    print "extern const char *const sql_grants;\n\n#endif" > h

    print "/* Made by backend/db/embed.awk from sql/; not to be edited. */\n#include \"db/sql_gen.h\"\n" > c
    print "const struct sql_statement sql_statements[SQL_COUNT + 1] = {" > c
    for (i = 1; i <= statements; i++) {
        n = order[i]
        printf "    { \"%s\",\n      __extension__\n%s      , %d, %s },\n", n, text[n], params[n], (n in roles ? roles[n] : "0") > c
    }
    print "    { NULL, NULL, 0, 0 },\n};\n\nconst struct sql_migration sql_migrations[] = {" > c
    for (i = 1; i <= migrations; i++)
        printf "    { %d, \"%s\",\n      __extension__\n%s    },\n", i, migration_name[i], migration[i] > c
    print "    { 0, NULL, NULL },\n};\n\nconst char *const sql_grants = __extension__" > c
    printf "%s    ;\n", (grants == "" ? "        \"\"\n" : grants) > c
}
