"""Runs a command on a terminal of its own and answers its question: onTerminal.py QUESTION ANSWER COMMAND...

ANSWER is typed once QUESTION is shown ("\x03" is Ctrl-C, "\x04" Ctrl-D); "\x1f" parts several of them. What the command shows goes to our standard
output, its exit status is ours.
"""

import os
import pty
import sys

questions, answers, command = sys.argv[1].encode().split(b"\x1f"), sys.argv[2].encode().split(b"\x1f"), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown, seen = b"", 0
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:  # Linux says so when the command has gone
        break
    if not more:
        break
    shown += more
    while questions and (at := shown.find(questions[0], seen)) >= 0:
        seen = at + len(questions.pop(0))
        os.write(terminal, answers.pop(0))
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
