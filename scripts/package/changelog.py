#!/usr/bin/env python3
"""Prints the changelog as dpkg reads it: what is new in this version, and what is in none yet.

    scripts/package/changelog.py CHANGELOG.md VERSION "NAME <ADDRESS>"

The date is SOURCE_DATE_EPOCH's.
"""

import email.utils
import os
import pathlib
import re
import sys
import textwrap

if len(sys.argv) != 4:
    sys.exit('changelog: run scripts/package/changelog.py CHANGELOG.md VERSION "NAME <ADDRESS>"')
version, maintainer = sys.argv[2:]
items = []
text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
for heading, body in re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE):
    number = re.match(r"\d[\w.+-]*", heading)
    if number and number.group().replace("-", "~") != version:
        break
    items += [" ".join(item.split()) for item in re.split(r"^- ", body, flags=re.MULTILINE)[1:]]
print(f"emend ({version}) unstable; urgency=medium\n")
for item in items:
    print(textwrap.fill(item, 78, initial_indent="  * ", subsequent_indent="    "))
date = email.utils.formatdate(int(os.environ["SOURCE_DATE_EPOCH"]))
print(f"\n -- {maintainer}  {date}")
