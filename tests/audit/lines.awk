# Lines of code of a file, without blanks and comments: "NAME LINES" for each
# function, with the lines of its head, and "- LINES" for what is outside.
# The style helps: a name in column 0, braces of a function too.
{
	line = $0
	if (comment) {
		if (!match(line, /\*\//))
			next
		line = substr(line, RSTART + 2)
		comment = 0
	}
	while (match(line, /\/\*/)) {
		head = substr(line, 1, RSTART - 1)
		rest = substr(line, RSTART + 2)
		if (match(rest, /\*\//)) {
			line = head substr(rest, RSTART + 2)
		} else {
			line = head
			comment = 1
			break
		}
	}
	if (line !~ /[^ \t]/)
		next
	pending++
	if (body != "") {
		if (line ~ /^}/) {
			print body, pending
			body = ""
			pending = 0
		}
		next
	}
	if (match(line, /^[a-z_][a-z_0-9]*\(/))
		name = substr(line, 1, RLENGTH - 1)
	if (line ~ /^{$/ && name != "") {
		body = name
		name = ""
		next
	}
	if (line ~ /;$/ || line ~ /^#/ || line ~ /\\$/ || line ~ /^}/) {
		outside += pending
		pending = 0
		name = ""
	}
}
END { print "-", outside + pending }
