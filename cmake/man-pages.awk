# Writes a manual page of section 3 for each function that a header declares:
#   awk -v out=DIR -v version=V -f man-pages.awk uv.h uvx.h
# A comment that ends in the line before UV_EXTERN belongs to the function.

# Text as the formatter takes it: no line begins with a request, and a hyphen that is to be
# copied stays one.
function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}

function page(prototype, comment,    header, name, n, i, paragraphs, brief, file, lines, count, returns) {
  header = FILENAME
  sub(/.*\//, "", header)
  name = prototype
  sub(/\(.*/, "", name)
  sub(/.*[ *]/, "", name)
  file = out "/" name ".3"
  sub(/ *\*\/$/, "", comment)
  n = split(comment, paragraphs, /\n\n/)
  for (i = 1; i <= n; i++) gsub(/\n/, " ", paragraphs[i])
  brief = paragraphs[1]
  sub(/\. .*/, "", brief)
  sub(/\.$/, "", brief)
  printf ".\\\" Generated from the header.\n.TH %s 3 \"\" \"libuv-rs %s\" \"libuv\"\n", toupper(name), version > file
  printf ".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n.B #include <%s>\n.sp\n", name, escaped(brief), header > file
  count = split(prototype, lines, /\n/)
  for (i = 1; i <= count; i++) printf ".BI \"%s\"\n", escaped(lines[i]) > file
  printf ".fi\n.SH DESCRIPTION\n" > file
  returns = 0
  # The first paragraph says what the function does, which may be that it returns something.
  for (i = 1; i <= n; i++)
    if (i > 1 && paragraphs[i] ~ /^Returns /) returns++
    else printf "%s%s\n", (i > 1 ? ".PP\n" : ""), escaped(paragraphs[i]) > file
  if (returns) {
    printf ".SH RETURN VALUE\n" > file
    for (i = 2; i <= n; i++)
      if (paragraphs[i] ~ /^Returns /) printf "%s\n", escaped(paragraphs[i]) > file
  }
  close(file)
}

# Inside a comment that has begun.
in_comment {
  line = $0
  sub(/^ \* ?/, "", line)
  comment = comment "\n" line
  if ($0 ~ /\*\/$/) in_comment = 0
  next
}

# Inside a prototype that has begun. Its lines stay aligned without the word left out.
in_prototype {
  line = $0
  sub(/^          /, "", line)
  prototype = prototype "\n" line
  if ($0 ~ /;$/) { in_prototype = 0; page(prototype, comment); comment = "" }
  next
}

/^\/\* / {
  comment = substr($0, 4)
  in_comment = $0 !~ /\*\/$/
  next
}

/^UV_EXTERN / {
  prototype = substr($0, 11)
  if ($0 ~ /;$/) { page(prototype, comment); comment = "" }
  else in_prototype = 1
  next
}

{ comment = "" }
