#!/usr/bin/env python3
"""Writes docs/emend.1, the man page, from the program's own account of its commands.

scripts/package/manual.py            write docs/emend.1
scripts/package/manual.py --check    fail where docs/emend.1 is not what would be written
"""

import json
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
program = next(
    (path for kind in ("release", "debug") if (path := root / f".build/{kind}/emend").exists()),
    None,
)
if program is None:
    sys.exit("manual: emend is not built; run scripts/setup/build first")


def ask(*arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def plain(text):
    """Text as roff takes it literally."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in text.split("\n"))


def paragraphs(text):
    return "\n.Pp\n".join(plain(part) for part in text.split("\n\n"))


def split(discussion):
    """What a command's account says, and its examples, one a line."""
    text, _, examples = discussion.partition("Examples:\n")
    return text.strip(), [line.strip() for line in examples.splitlines() if line.strip()]


def shown(command):
    return [part for part in command.get("arguments", []) if part["shouldDisplay"]]


def is_general(argument):
    return argument.get("preferredName", {}).get("name") in ("help", "version")


def flags(argument):
    """The names of an option, -h before --help, and its value."""
    words = [
        "Fl " + ("" if name["kind"] == "short" else "\\-") + plain(name["name"])
        for name in argument["names"]
    ]
    line = " , ".join(words)
    return line + (f" Ar {plain(argument['valueName'])}" if argument["kind"] == "option" else "")


def synopsis(path, command):
    lines = [f".Nm {plain(' '.join(path))}"]
    for argument in shown(command):
        if is_general(argument):
            continue
        if argument["kind"] == "positional":
            word = f"Ar {plain(argument['valueName'])}" + (
                " ..." if argument["isRepeating"] else ""
            )
            lines.append(f".Op {word}" if argument["isOptional"] else f".{word}")
        else:
            lines.append(f".Op {flags(argument)}")
    return lines


def items(command):
    arguments = [argument for argument in shown(command) if not is_general(argument)]
    if not arguments:
        return []
    lines = [".Bl -tag -width Ds"]
    for argument in arguments:
        name = (
            f"Ar {plain(argument['valueName'])}"
            if argument["kind"] == "positional"
            else flags(argument)
        )
        values = argument.get("allValues") or argument.get("allValueStrings") or []
        lines += [f".It {name}", plain(argument.get("abstract", ""))]
        if values:
            lines.append(f"One of {plain(', '.join(values))}.")
    return lines + [".El"]


def leaves(command, path=()):
    """Every command that does something, with the words that call it."""
    path = (*path, command["commandName"])
    children = [
        child
        for child in command.get("subcommands", [])
        if child["shouldDisplay"] and child["commandName"] != "help"
    ]
    if not children:
        yield path, command
    for child in children:
        yield from leaves(child, path)


top = json.loads(ask("--experimental-dump-help"))["command"]
version = ask("--version").splitlines()[0].split()[-1]
about, _, status = top["discussion"].partition("\n\nExit status: ")
page = [
    '.\\" Written by scripts/package/manual.py. Do not edit.',
    ".Dd $Mdocdate$",
    ".Dt EMEND 1",
    f".Os emend {plain(version)}",
    ".Sh NAME",
    ".Nm emend",
    f".Nd {plain(top['abstract'].rstrip('.').lower())}",
    ".Sh SYNOPSIS",
]
for path, command in leaves(top):
    page += synopsis(path, command)
page += [".Sh DESCRIPTION", paragraphs(about)]
for path, command in leaves(top):
    page += [f".Ss {plain(' '.join(path))}", plain(command["abstract"])]
    account, _ = split(command.get("discussion", ""))
    if account:
        page += [".Pp", paragraphs(account)]
    page += items(command)
page += [".Sh EXAMPLES", ".Bd -literal -offset indent"]
for _, command in leaves(top):
    page += [plain(example) for example in split(command.get("discussion", ""))[1]]
page += [".Ed"]
page += [".Sh EXIT STATUS", ".Bl -tag -width Ds"]
for entry in status.rstrip(".").split(", "):
    code, _, meaning = entry.partition(" ")
    page += [f".It {code}", plain(meaning.capitalize()) + "."]
page += [
    ".El",
    ".Sh ENVIRONMENT",
    ".Bl -tag -width Ds",
    ".It Ev EMEND_HOME",
    "Folder of models and libraries, where they are not beside the program.",
    ".El",
]
text = "\n".join(page) + "\n"

target = root / "docs/emend.1"
if sys.argv[1:] == ["--check"]:
    if not target.exists() or target.read_text() != text:
        sys.exit("manual: docs/emend.1 is not what the program says; run scripts/package/manual.py")
else:
    target.write_text(text)
    print(f"manual: docs/emend.1, {len(page)} lines")
