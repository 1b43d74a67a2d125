# Prints the tables of proto/reason.h as a list of mdoc(7): make docs.
function strings(row, out,	n, i, s) {
	# Neighbouring strings are one; commas within are theirs.
	gsub(/\\/, "", row)
	gsub(/[ \t]+/, " ", row)
	gsub(/" *"/, "", row)
	n = 0
	while (match(row, /"[^"]*"/)) {
		out[++n] = substr(row, RSTART + 1, RLENGTH - 2)
		row = substr(row, RSTART + RLENGTH)
	}
	return n
}
function upper(s) {
	return toupper(substr(s, 1, 1)) substr(s, 2)
}
function flush_row(	f) {
	if (row == "")
		return
	strings(row, f)
	print ".It Cm " f[1]
	if (table == "COND")
		print upper(f[2])
	else
		print upper(f[2]) ".\n.br\nWhat to do: " f[3] "."
	row = ""
}
/^#define (COND|REASON)_TABLE/ {
	table = /COND/ ? "COND" : "REASON"
	if (table == "COND") {
		print ".Sh CONDITIONS"
		print "In the order in which they are looked at:"
	} else {
		print ".Sh REASONS"
		print "Why a condition does not hold:"
	}
	print ".Bl -tag -width Ds"
	next
}
/^$/ || /^\/\*/ {
	if (table != "") {
		flush_row()
		print ".El"
	}
	table = ""
}
table != "" && /X\(/ { flush_row() }
table != "" { row = row " " $0 }
