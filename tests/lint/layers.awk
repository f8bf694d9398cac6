# Reads layers.txt, then C files; fails on an arrow that points up or sideways, and on a foreign header in the wrong
# place. The layer of a file is the first folder after backend/ or include/.

function complain(why)
{
    print FILENAME ":" FNR ": " why
    wrong = 1
}

# Does any of the space-separated names cover this header? A name is a folder, a folder with its slash, or a file.
function covers(names, header,    list, n, i)
{
    n = split(names, list, " ")
    for (i = 1; i <= n; i++)
        if (list[i] == header || index(header, list[i] (list[i] ~ /\/$/ ? "" : "/")) == 1)
            return 1
    return 0
}

FILENAME ~ /layers\.txt$/ {
    if ($0 ~ /^#/ || $0 ~ /^$/)
        next
    if ($1 == "only") {
        only[$3] = $2
        sub(/:$/, "", only[$3])
        next
    }
    layer = $1
    sub(/:$/, "", layer)
    split($0, halves, "|")
    sub(/^[a-z]*:/, "", halves[1])
    ours[layer] = halves[1]
    n = split(halves[2], list, " ")
    for (i = 1; i <= n; i++)
        owner[list[i]] = layer
    next
}

FNR == 1 {
    files++
    split(FILENAME, parts, "/")
    layer = parts[2]
    if (!(layer in ours))
        complain("folder " layer " is not in layers.txt")
}

/^[ \t]*#[ \t]*include/ {
    includes++
    header = $0
    is_ours = header ~ /"/
    sub(/^[^"<]*["<]/, "", header)
    sub(/[">].*$/, "", header)
    if (header ~ /\.\./)
        complain(header ": includes do not climb")
    if (is_ours && header !~ /\//)
        next                                   # a private header beside the file
    if (is_ours) {
        split(header, parts, "/")
        if (parts[1] != layer && !covers(ours[layer], header))
            complain(layer " must not include " header)
        next
    }
    for (name in owner)
        if (covers(name, header) && owner[name] != layer)
            complain(header " belongs to " owner[name] " alone")
    if (header in only && FILENAME !~ ("(backend|include)/" only[header]))
        complain(header " belongs to " only[header] "* alone")
}

END {
    if (!wrong)
        print includes " includes in " files " files point down"
    exit wrong
}
