"""top.py WIRELINKCTL RUNDIR NETD: wirelinkctl top on a terminal of our own.

NETD is the pid of who answers in RUNDIR: it is stopped, and goes on. Prints a
line a case, "ok NAME" or "not ok NAME: why".
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 30
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
program, rundir, netd = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Terminal:
    """wirelinkctl top -n 1, and what it wrote."""

    def __init__(self, rows, columns, env, where=rundir):
        self.master, self.slave = pty.openpty()
        self.size(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.text = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.execve(program, [program, "-R", where, "-i", "wg0", "-n", "1",
                                "top"], env)

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def frames(self):
        """Whole ones, line by line, without escapes."""
        found = []
        for frame in self.text.split(b"\x1b[H")[1:]:
            if not frame.rstrip(LEAVE).count(b"\x1b[J"):
                continue
            frame = frame.split(b"\x1b[J")[0].decode()
            frame = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", frame)
            found.append(frame.replace("\r", "").split("\n"))
        return found

    def wait(self, what, condition):
        """Reads until it holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError("no " + what)
            self.text += os.read(self.master, 65536)

    def child(self):
        """The process that prints, which has to be there."""
        path = "/proc/%d/task/%d/children" % (self.pid, self.pid)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with open(path, encoding="ascii") as f:
                pids = f.read().split()
            if pids:
                return int(pids[0])
            time.sleep(0.01)
        raise AssertionError("no child")

    def ends(self, status):
        """It does, with that exit code, and the terminal is as it was."""
        self.wait("end", lambda: LEAVE in self.text)
        assert os.waitstatus_to_exitcode(
            os.waitpid(self.pid, 0)[1]) == status, "status"
        self.pid = 0
        assert termios.tcgetattr(self.slave) == self.before, "not as before"
        assert self.text.count(ENTER) == self.text.count(LEAVE), "screen"
        assert b"\x1b[?25h" in self.text and b"\x1b[?7h" in self.text

    def close(self):
        if self.pid != 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
        os.close(self.slave)


def fits(t, rows, columns):
    """The newest frame is for that size."""
    frames = t.frames()
    return bool(frames) and len(frames[-1]) <= rows and \
        max(len(line) for line in frames[-1]) <= columns


def sizes(t):
    t.wait("table", lambda: t.frames())
    assert fits(t, 24, 100), t.frames()[-1]
    assert t.frames()[-1][1].startswith("PEER"), "no heading"
    assert "q quits" in t.frames()[-1][-1], "no last line"
    t.size(5, 30)
    t.wait("small table", lambda: fits(t, 5, 30))
    assert "more" in t.frames()[-1][3], t.frames()[-1]
    t.size(1, 1)
    t.wait("tiny table", lambda: fits(t, 3, 1))
    t.size(40, 200)
    t.wait("large table",
           lambda: any("SENT" in line for line in t.frames()[-1]))
    os.write(t.master, b"xq")
    t.ends(0)


def interrupt(t):
    t.wait("table", lambda: t.frames())
    os.write(t.master, b"\x03")
    t.ends(0)


def colours(t):
    t.wait("table", lambda: t.frames())
    assert b"\x1b[32m" in t.text, "no colour"
    os.write(t.master, b"q")
    t.ends(0)


def no_colours(t):
    t.wait("table", lambda: t.frames())
    os.write(t.master, b"q")
    t.ends(0)
    assert b"\x1b[3" not in t.text and b"\x1b[1m" not in t.text, "colour"


def stuck(t):
    """netd does not answer: keys do, and the child is not left behind."""
    t.wait("table", lambda: t.frames())
    os.kill(netd, signal.SIGSTOP)
    try:
        child = t.child()
        os.write(t.master, b"q")
        t.ends(0)
        assert not os.path.exists("/proc/%d" % child), "a child is left"
    finally:
        os.kill(netd, signal.SIGCONT)


def killed(t):
    """What prints dies as it does of a call outside its filter."""
    os.kill(netd, signal.SIGSTOP)
    try:
        os.kill(t.child(), signal.SIGSYS)
        t.ends(1)
    finally:
        os.kill(netd, signal.SIGCONT)


def gone(t):
    """No daemon: it says so; one that comes is found."""
    t.wait("word", lambda: t.frames() and "no wirelinkd" in t.frames()[-1][0])
    assert "trying again" in t.frames()[-1][-1], t.frames()[-1]
    os.symlink(rundir + "/wg0.sock", rundir + "/empty/wg0.sock")
    t.wait("table",
           lambda: any("PEER" in line for line in t.frames()[-1]))
    os.remove(rundir + "/empty/wg0.sock")
    t.wait("word", lambda: "no wirelinkd" in t.frames()[-1][0])
    os.write(t.master, b"q")
    t.ends(0)


def stopped(t):
    """Control-Z gives the terminal back; it goes on where it was."""
    t.wait("table", lambda: t.frames())
    os.write(t.master, b"\x1a")
    os.waitpid(t.pid, os.WUNTRACED)
    t.wait("screen", lambda: LEAVE in t.text)
    assert termios.tcgetattr(t.slave) == t.before, "not as before"
    t.text = b""
    os.kill(t.pid, signal.SIGCONT)
    t.wait("table", lambda: t.frames())
    os.write(t.master, b"q")
    t.ends(0)


os.mkdir(rundir + "/empty")
failed = 0
for case in sizes, interrupt, colours, no_colours, stuck, killed, gone, \
        stopped:
    terminal = Terminal(24, 100, {"NO_COLOR": "1"} if case is no_colours
                        else {}, rundir + ("/empty" if case is gone else ""))
    try:
        case(terminal)
        print("ok", case.__name__)
    except (AssertionError, OSError) as e:
        failed = 1
        print("not ok %s: %s\n%s" % (case.__name__, e, terminal.text[-400:]))
    finally:
        terminal.close()
sys.exit(failed)
