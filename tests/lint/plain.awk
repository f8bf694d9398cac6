# Blanks out comments and the inside of strings, keeping the lines: what is left is C that can be searched.
# Prints FILE:LINE:CODE.
FNR == 1 { in_comment = 0 }
{
    line = $0
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") { in_comment = 0; i++ }
        } else if (quote != "") {
            if (c == "\\") i++
            else if (c == quote) { out = out c; quote = "" }
        } else if (two == "/*") { in_comment = 1; i++ }
        else if (two == "//") break
        else if (c == "\"" || c == "'") { quote = c; out = out c }
        else out = out c
    }
    quote = ""
    print FILENAME ":" FNR ":" out
}
