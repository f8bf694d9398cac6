# Makes the server's table of words: awk -v out=PREFIX -f words.awk words.tsv writes PREFIX.h and PREFIX.c.
#
# words.tsv has one text a line: key, Indonesian, English, with tabs between; `#` begins a comment line. Only keys
# beginning with `server.` go into the program; the panel's are made into TypeScript by words.mjs. Refuses missing
# columns, empty texts and keys given twice.

function die(why)
{
    print FILENAME ":" FNR ": " why > "/dev/stderr"
    failed = 1
    exit 1
}

function literal(s)
{
    gsub(/"/, "\\\"", s)
    gsub(/\?/, "\\?", s)
    return "\"" s "\""
}

BEGIN { FS = "\t" }

/^#/ || /^$/ { next }

NF != 3 { die("a line has three columns: key, Indonesian, English") }
$1 == "" || $2 == "" || $3 == "" { die("an empty column") }
/\\/ { die("a backslash: texts are plain") }
$1 in seen { die("key " $1 " is given twice") }

{
    seen[$1] = 1
    if (index($1, "server.") != 1)
        next
    # bsearch needs the keys in the order of strcmp(); an insertion sort of some dozens of lines is no cost
    at = ++count
    while (at > 1 && key[at - 1] > $1) {
        key[at] = key[at - 1]
        id[at] = id[at - 1]
        en[at] = en[at - 1]
        at--
    }
    key[at] = $1
    id[at] = $2
    en[at] = $3
}

END {
    if (failed)
        exit 1
    h = out ".h"
    print "/* Made by web/words/words.awk from web/words/words.tsv. */" > h
    print "#ifndef TANGGAP_GEN_WORDS_H\n#define TANGGAP_GEN_WORDS_H\n" > h
    print "/* The text of a `server.` key in a language (\"en\", anything else is Indonesian). An unknown key answers itself," > h
    print "   so a missing text shows instead of hiding. Never NULL; lives as long as the program. */" > h
    print "const char *words(const char *key, const char *language);\n\n#endif" > h
    c = out ".c"
    print "/* Made by web/words/words.awk from web/words/words.tsv. */" > c
    print "#include \"http/words_gen.h\"\n\n#include <stdlib.h>\n#include <string.h>\n" > c
    print "struct word {\n    const char *key, *id, *en;\n};\n" > c
    print "static const struct word table[] = {" > c
    for (i = 1; i <= count; i++)
        print "    { " literal(key[i]) ", " literal(id[i]) ", " literal(en[i]) " }," > c
    print "};\n" > c
    print "static int compare(const void *key, const void *entry)\n{" > c
    print "    return strcmp((const char *)key, ((const struct word *)entry)->key);\n}\n" > c
    print "const char *words(const char *key, const char *language)\n{" > c
    print "    const struct word *w = bsearch(key, table, sizeof table / sizeof *table, sizeof *table, compare);\n" > c
    print "    if (!w)\n        return key;" > c
    print "    return language && strcmp(language, \"en\") == 0 ? w->en : w->id;\n}" > c
}
