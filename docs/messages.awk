# Prints the table of messages of proto/msgs.h as Markdown: make docs.
function flush_row(	n, f, dir, fd, ph, what) {
	gsub(/\\/, "", row)
	gsub(/[ \t]+/, " ", row)
	sub(/^ *X\(/, "", row)
	sub(/\) *$/, "", row)
	what = row
	sub(/^[^"]*"/, "", what)
	sub(/" *$/, "", what)
	gsub(/" "/, "", what)
	n = split(row, f, /, */)
	dir = f[3]
	sub(/^DIR_/, "", dir)
	sub(/2/, "→", dir)
	fd = f[6] == "true" ? "yes" : ""
	ph = f[7]
	gsub(/PH_/, "", ph)
	sub(/LIVE/, "BOOT, RUN", ph)
	sub(/MSG_PAYLOAD/, "16368", f[5])
	printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", f[1], f[2],
	    tolower(dir), f[4], f[5], fd, ph, what
}
BEGIN {
	print "| message | type | way | least | most | descriptor | phase | says |"
	print "| --- | --- | --- | --- | --- | --- | --- | --- |"
}
/^#define MSG_TABLE/ { on = 1; next }
on && /^enum/ { on = 0 }
on && /X\(/ {
	if (row != "")
		flush_row()
	row = ""
}
on && NF > 0 { row = row " " $0 }
END {
	if (row != "")
		flush_row()
}
