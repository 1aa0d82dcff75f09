#!/usr/bin/env python3
"""Lays comments out anew that run past the limit of .clang-format, and changes nothing but comments and the line breaks around them.

    tools/relay-comments.py harness/core reports          # rewrites *.h and *.cpp below these
    tools/relay-comments.py --check harness/core          # only lists what is too long (exit code 1)

Three things are done:
  - A paragraph of // or /// lines with a line past the limit is filled anew. Lists, tables, indented examples and headings such as
    "Note [Title]." keep their lines; a list item that is too long hangs under its own text.
  - A comment behind code that is past the limit moves above the line, and so does one whose statement clang-format broke to make room.
  - A banner that was broken over two lines ("---- title" and a line of dashes) becomes one line.

What a compiler sees is compared before and after, token by token, through g++ -fpreprocessed; a file where it differs is left alone.
Run clang-format afterwards: statements that a comment had broken close again.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import textwrap

LIMIT = 110
COMMENT = re.compile(r"^(\s*)(///<?|//)( ?)(.*)$")
BULLET = re.compile(r"^(\s*)([-*•]|\d+[.)])\s+")


def comment_starts(text):
    """For every line: the column of its // comment, or None. Knows strings, raw strings, characters and block comments."""
    starts, i, n, line_start, found = [], 0, len(text), 0, None
    while i < n:
        c = text[i]
        if c == "\n":
            starts.append(found)
            found, i, line_start = None, i + 1, i + 1
            continue
        if text.startswith("//", i):
            found = i - line_start
            end = text.find("\n", i)
            i = n if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i + 2)
            end = n if end < 0 else end + 2
            starts.extend([None] * text.count("\n", i, end))
            if "\n" in text[i:end]:
                line_start = text.rfind("\n", i, end) + 1
            i = end
        elif raw := re.compile(r'R"([^ ()\\\t\v\f\n]*)\(').match(text, i):
            end = text.find(")" + raw.group(1) + '"', raw.end())
            end = n if end < 0 else end + len(raw.group(1)) + 2
            starts.extend([None] * text.count("\n", i, end))
            if "\n" in text[i:end]:
                line_start = text.rfind("\n", i, end) + 1
            i = end
        elif c == '"' or (c == "'" and not (i and (text[i - 1].isalnum() or text[i - 1] == "_"))):
            i += 1
            while i < n and text[i] != c and text[i] != "\n":
                i += 2 if text[i] == "\\" else 1
            i += i < n and text[i] == c
        else:
            i += 1
    if not text.endswith("\n"):
        starts.append(found)
    return starts


def unbreakable(body):
    return " " not in body.strip()


def verbatim(body):
    """Whether a comment line keeps its place: indented examples, tables, banners, empty lines."""
    return (
        not body.strip()
        or body.startswith("  ")
        or "   " in body.strip()
        or body.lstrip().startswith("|")
        or re.fullmatch(r"\s*[-=*]{4,}.*", body) is not None
    )


def fill(indent, marker, body):
    lead = indent + marker + " "
    return textwrap.wrap(
        body,
        width=LIMIT,
        initial_indent=lead,
        subsequent_indent=lead,
        break_long_words=False,
        break_on_hyphens=False,
    )


def row_hang(bodies, i):
    """The column of the text of a table's row that is continued, or None: "name    text", then lines indented to the text."""
    body = bodies[i]
    if len(re.findall(r"(?<=\S)\s{3,}", body)) > 1:
        return None  # of three columns: for people to lay out
    runs = [m.end() for m in re.finditer(r"(?<=\S)\s{2,}", body)]
    leading = len(body) - len(body.lstrip())
    following = len(bodies[i + 1]) - len(bodies[i + 1].lstrip()) if i + 1 < len(bodies) else 0
    if following in runs or following == leading + 2:
        return following
    return max(runs) if runs else leading + 2 if leading else None


def relay_block(lines):
    """Lines of one run of whole-line comments with one indent and one marker."""
    indent, marker, _, _ = COMMENT.match(lines[0]).groups()
    bodies = [COMMENT.match(line).group(4) for line in lines]
    out, i = [], 0

    def long(part):
        return any(len(line) > LIMIT and not unbreakable(COMMENT.match(line).group(4)) for line in part)

    while i < len(lines):
        body = bodies[i]
        banner = re.fullmatch(r"-{4} (.+?)( -+)?", body.strip())
        if banner and i + 1 < len(lines) and re.fullmatch(r"-{8,}", bodies[i + 1].strip()):
            head = f"{indent}{marker} ---- {banner.group(1)} "
            out.append(head + "-" * max(4, 100 - len(head)))
            i += 2
            continue
        if len(lines[i]) > LIMIT and re.search(r"-{8,}$", lines[i]):
            out.append(lines[i].rstrip("-").ljust(100, "-"))
            i += 1
            continue
        bullet = BULLET.match(body)
        if bullet:
            hang = bullet.end()
        elif verbatim(body):
            hang = row_hang(bodies, i) if body.strip() else None
            if hang is None:
                out.append(lines[i])
                i += 1
                continue
        else:
            hang = 0
        j = i + 1
        while j < len(lines) and bodies[j].strip() and not BULLET.match(bodies[j]) and not bodies[j].startswith("Note ["):
            own = len(bodies[j]) - len(bodies[j].lstrip())
            if own != hang or "   " in bodies[j].strip() or (hang == 0 and verbatim(bodies[j])):
                break
            j += 1
        part = lines[i:j]
        if long(part):
            lead = f"{indent}{marker} "
            cut = hang if bullet or not body[:hang].strip() or body[:hang].endswith(" ") else len(body) - len(body.lstrip())
            head, text = body[:cut], " ".join([body[cut:].strip()] + [b.strip() for b in bodies[i + 1 : j]])
            out += textwrap.wrap(
                text,
                width=LIMIT,
                initial_indent=lead + head,
                subsequent_indent=lead + " " * hang,
                break_long_words=False,
                break_on_hyphens=False,
            )
        else:
            out += part
        i = j
    return out


def move_trailing(lines, starts):
    """Moves over-long comments, and those that had their statement broken, above the statement."""
    out, kinds = [], []  # kinds: code column of the comment
    i = 0
    while i < len(lines):
        line, at = lines[i], starts[i]
        code = line[:at].rstrip() if at is not None else line
        if at is None or not code.strip():
            out.append(line)
            i += 1
            continue
        previous = out[-1] if out else ""
        broken = bool(
            re.search(r"(=|^\s*(?:const |static |mutable |constexpr )*[\w:]+(?:<.*>)?)$", previous)
            and not re.match(r"^\s*(return|else|do|public|private|protected)\b", previous)
            and "//" not in previous
            and re.match(r"^\s+[^;{}()]+;$", code)
            and len(code) - len(code.lstrip()) > len(previous) - len(previous.lstrip())
        )
        following = []
        j = i + 1
        while j < len(lines) and starts[j] == at and not lines[j][:at].strip() and at > 8:
            following.append(lines[j])
            j += 1
        if len(line) > LIMIT and not following and not re.search(r"[.:;)]$", line):
            while j < len(lines) and starts[j] is not None and not lines[j][: starts[j]].strip():
                following.append(lines[j])  # a sentence that goes on below
                j += 1
        if len(line) <= LIMIT and not broken or "clang-format off" in line:
            out.append(line)
            i += 1
            continue
        marker = re.match(r"///<?|//", line[at:]).group(0)
        words = [line[at + len(marker) :].strip()] + [l.strip().lstrip("/").strip() for l in following]
        target = len(out) - 1 if broken else len(out)
        first = out[target] if broken else code
        indent = first[: len(first) - len(first.lstrip())]
        text = " ".join(words)
        out[target:target] = fill(indent, "///" if marker.startswith("///") else "//", text)
        out.append(code)
        i = j
    return out


def relay(text):
    lines = move_trailing(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), comment_starts(text))
    joined = "\n".join(lines) + "\n"
    starts = comment_starts(joined)
    out, i = [], 0
    while i < len(lines):
        match = COMMENT.match(lines[i])
        if starts[i] is None or not match or lines[i][: starts[i]].strip():
            out.append(lines[i])
            i += 1
            continue
        key, j = match.group(1, 2), i
        while j < len(lines) and starts[j] is not None and (m := COMMENT.match(lines[j])) and m.group(1, 2) == key:
            j += 1
        out += relay_block(lines[i:j])
        i = j
    return "\n".join(out) + "\n"


def tokens(text):
    seen = subprocess.run(
        ["g++", "-x", "c++", "-std=c++20", "-fpreprocessed", "-dD", "-E", "-P", "-"], input=text, capture_output=True, text=True, check=True
    ).stdout
    return re.sub(r"\s+", "", seen)


def too_long(path, text):
    starts = comment_starts(text)
    return [
        f"{path}:{number}: {len(line)} columns"
        for number, (line, at) in enumerate(zip(text.split("\n"), starts), 1)
        if at is not None and len(line) > LIMIT and not unbreakable(line[at:].lstrip("/"))
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    files = sorted(
        f for p in options.paths for f in ([p] if p.is_file() else p.rglob("*")) if f.suffix in (".h", ".cpp")
    )
    left = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        if options.check:
            left += too_long(path, text)
            continue
        new = relay(text)
        if new == text:
            continue
        if tokens(new) != tokens(text):
            left.append(f"{path}: left alone, its tokens would change")
            continue
        path.write_text(new, encoding="utf-8")
        print(path)
    for line in left:
        print(line, file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
