# Of a linker's map: "FILE FUNCTION" for each function of ours that is in the
# program, "FILE -" for each file of which anything is.
function source(obj,	dir) {
	if (obj ~ /lib(common|proto)\.a\(/) {
		dir = obj ~ /libcommon/ ? "common" : "proto"
		sub(/.*\(/, "", obj)
		sub(/\.o\)$/, ".c", obj)
		return dir "/" obj
	}
	if (obj !~ /\.o$/ || index(obj, build "/") != 1)
		return ""
	obj = substr(obj, length(build) + 2)
	sub(/\.o$/, ".c", obj)
	return obj
}
function take(section, size, obj,	file) {
	file = source(obj)
	if (file == "" || size == "0x0")
		return
	print file, "-"
	if (section ~ /^\.text\./) {
		sub(/^\.text\./, "", section)
		print file, section
	}
}
/^Linker script and memory map/ { on = 1 }
!on { next }
# A long name has the rest on the next line.
/^ \.(text|rodata|data|bss)\.[^ ]+$/ { name = $1; next }
name != "" { take(name, $2, $3); name = ""; next }
/^ \.(text|rodata|data|bss)\.[^ ]+ / { take($1, $3, $4) }
