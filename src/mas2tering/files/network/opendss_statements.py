"""The text of OpenDSS, as statements: comments gone, continued lines joined, redirected files read in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mas2tering.domain.errors import InputProblem

_BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(r"""\s*=\s*|[^\s,=\[\]({"']+|\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|"[^"]*"|'[^']*'""")
_BRACKETS = "[](){}\"'"
_DEEPEST = 10


@dataclass(frozen=True)
class Statement:
    """One statement: a verb (``new``), the object that it is about, its properties in order, lower case.

    ``words`` are values without a property's name.
    """

    verb: str
    kind: str
    name: str
    properties: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    file: str
    line: int

    def get(self, *names: str) -> str | None:
        """The last value of a property, by any of its names."""
        return next((value for name, value in reversed(self.properties) if name in names), None)

    @property
    def at(self) -> str:
        """``line 12 (Line.LINE1)``."""
        return f"line {self.line} ({self.kind}.{self.name})" if self.name else f"line {self.line}"


def elements(value: str) -> list[str]:
    """The elements of an array such as ``[11 0.416]`` or ``(a, b)``."""
    return [part for part in re.split(r"[\s,|]+", value.strip(_BRACKETS)) if part]


def read_statements(path: Path, problems: list[InputProblem]) -> list[Statement]:
    """All statements of a file and of those that it redirects to, in order; notes files that cannot be read."""
    return list(_read(path, problems, ()))


def statements_of(lines: Sequence[str], file: str) -> list[Statement]:
    """The statements of some lines of text."""
    text = _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), "\n".join(lines))
    found: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.split(r"!|//", raw, maxsplit=1)[0].strip()
        if line.startswith("~") or line.lower().startswith("more "):
            rest = line[1:] if line.startswith("~") else line[5:]
            if found:
                found[-1] = (found[-1][0], f"{found[-1][1]} {rest}")
        elif line:
            found.append((number, line))
    return [_statement(line, file, number) for number, line in found]


def _read(path: Path, problems: list[InputProblem], outer: tuple[Path, ...]) -> Iterator[Statement]:
    here = path.resolve()
    if here in outer or len(outer) >= _DEEPEST:
        problems.append(
            InputProblem(str(outer[-1]), "", f"a redirection to {path.name}, which leads back", "none")
        )
        return
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        seen = "no such file" if isinstance(error, FileNotFoundError) else f"{error.strerror}"
        problems.append(InputProblem(str(path), "", seen, "an OpenDSS file"))
        return
    for statement in statements_of(text.splitlines(), str(path)):
        if statement.verb in ("redirect", "compile") and statement.words:
            yield from _read(path.parent / statement.words[0].replace("\\", "/"), problems, (*outer, here))
        else:
            yield statement


def _statement(line: str, file: str, number: int) -> Statement:
    tokens = [token.strip() for token in _TOKEN.findall(line)]
    verb = tokens[0].lower() if tokens else ""
    properties: list[tuple[str, str]] = []
    words: list[str] = []
    k = 1
    while k < len(tokens):
        if k + 2 < len(tokens) and tokens[k + 1] == "=":
            properties.append((tokens[k].lower(), _bare(tokens[k + 2])))
            k += 3
        else:
            if tokens[k] != "=":
                words.append(_bare(tokens[k]))
            k += 1
    kind, name = "", ""
    if verb in ("new", "edit"):
        whole = next((value for key, value in properties if key == "object"), words[0] if words else "")
        kind, _, name = whole.partition(".")
        words = words[1:] if words and words[0] == whole else words
    return Statement(verb, kind.lower(), name, tuple(properties), tuple(words), file, number)


def _bare(value: str) -> str:
    return value[1:-1] if value[:1] in "\"'" else value
