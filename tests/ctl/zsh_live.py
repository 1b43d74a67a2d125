"""zsh_live.py BUILD RUNDIR: the completion in a zsh on a terminal.

Types words and a tab, and prints what the line has become, one a line.
"""
import os
import pty
import re
import select
import sys
import time

PATIENCE = 20
build, rundir = sys.argv[1], sys.argv[2]
ready = "<READY>"
prompt = ready + r"(\x1b\[\?2004h)?$"

pid, fd = pty.fork()
if pid == 0:
    os.execvpe("zsh", ["zsh", "-f", "-i"],
               {"PATH": build + ":" + os.environ["PATH"], "TERM": "dumb",
                "HOME": rundir, "PS1": ready, "LC_ALL": "C"})


def read_until(pattern, text=""):
    end = time.monotonic() + PATIENCE
    while not re.search(pattern, text):
        left = end - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            sys.exit("no %r in %r" % (pattern, text))
        text += os.read(fd, 4096).decode(errors="replace")
    return text


def run(command):
    os.write(fd, (command + "\n").encode())
    read_until(prompt)


read_until(prompt)
run("unset zle_bracketed_paste; unsetopt prompt_cr prompt_sp")
run("fpath=(%s/netd/ctl/completion $fpath); autoload -Uz compinit" %
    os.getcwd())
run("compinit -u -D")
# A line that is complete is printed by a widget, and not run.
run("show-line() { print -r -- \"<$BUFFER>\"; BUFFER= }; zle -N show-line; "
    "bindkey '^X' show-line")
for typed in ("wirelinkctl reloa", "wirelinkctl show cou",
              "wirelinkctl -R %s why hu" % rundir,
              "wirelinkctl -R %s show trust ph" % rundir):
    os.write(fd, (typed + "\t\x18").encode())
    said = read_until("<wirelinkctl [^>]*>")
    print(re.search("<(wirelinkctl [^>]*)>", said).group(1).split()[-1])
os.close(fd)
os.waitpid(pid, 0)
