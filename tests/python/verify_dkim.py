"""Verifies the DKIM signature of the message on standard input, with dkimpy.

    verify_dkim.py NAME RECORD < message

NAME and RECORD are what stands in the DNS. Prints "good" or "bad"; ends with 1 where it cannot say.
"""

import sys

import dkim

name, record = sys.argv[1].encode(), sys.argv[2].encode()


def txt(asked, timeout=5):
    return record if asked.rstrip(b".") == name else None


message = sys.stdin.buffer.read()
print("good" if dkim.verify(message, dnsfunc=txt) else "bad")
