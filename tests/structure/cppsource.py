# SPDX-License-Identifier: MIT
"""Reads C++ as far as the structure needs it: code without comments, includes, and the bodies of functions."""

import re
from dataclasses import dataclass, field

# Comments, strings and character literals, whichever comes first. A quote between digits (1'000) starts no literal.
LEXEME = re.compile(
    r"""//(?:\\\n|[^\n])*
      | /\*.*?(?:\*/|\Z)
      | (?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'
      | (?<![A-Za-z0-9_])(?:u8|[uUL])'(?:\\.|[^'\\\n])+'""",
    re.VERBOSE | re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<name><[^>\n]+>|"[^"\n]+")', re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?P<word>\w+)(?:\\\n|[^\n])*", re.MULTILINE)
TOKEN = re.compile(r"[A-Za-z_~]\w*|::|->|[^\s\w]|\w+|\n")
ACCESS_LABEL = re.compile(r"(?:^|\s)(?:(?:public|protected|private)(?:\s+(?:Q_SLOTS|slots))?|Q_SIGNALS|signals)$")
TYPE_WORDS = {"class", "struct", "union", "enum"}


def _blank(text, keep=""):
    """As many lines as text has, without its characters."""
    return keep + "\n" * text.count("\n") if text else ""


def without_comments(text):
    def replacement(match):
        lexeme = match.group()
        return " " + _blank(lexeme) if lexeme.startswith(("//", "/*")) else lexeme
    return LEXEME.sub(replacement, text)


def without_comments_and_strings(text):
    def replacement(match):
        lexeme = match.group()
        return _blank(lexeme, " " if lexeme.startswith(("//", "/*")) else '""')
    return LEXEME.sub(replacement, text)


def code_lines(text):
    """The number of lines on which there is more than a comment."""
    return sum(1 for line in without_comments(text).split("\n") if line.strip())


def includes(text):
    """(line, name with its brackets or quotes) of each include."""
    code = without_comments(text)
    return [(code.count("\n", 0, match.start("name")) + 1, match.group("name")) for match in INCLUDE.finditer(code)]


@dataclass
class Function:
    name: str
    first: int  # the line of the opening brace
    last: int   # the line of the closing one

    @property
    def lines(self):
        return self.last - self.first + 1


@dataclass
class Brace:
    kind: str  # "scope": of a namespace or class; "function"; "value": of an initializer, or within a function
    line: int
    head: list


@dataclass
class State:
    braces: list = field(default_factory=list)
    head: list = field(default_factory=list)  # the tokens of the declaration so far
    parentheses: int = 0

    def copy(self):
        return State(list(self.braces), list(self.head), self.parentheses)


def _skip_group(tokens, start, opening, closing):
    """The index behind the group that opens at start."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] == opening) - (tokens[index] == closing)
        if depth == 0:
            return index + 1
    return len(tokens)


def _simplified(tokens):
    """A declaration's tokens without template parameters and alignas, each operator as a single name."""
    result = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token == "template" and tokens[index + 1:index + 2] == ["<"]:
            index = _skip_group(tokens, index + 1, "<", ">")
        elif token == "alignas":
            index = _skip_group(tokens, index + 1, "(", ")")
        elif token == "operator":
            end = index + 3 if tokens[index + 1:index + 3] == ["(", ")"] else index + 1
            while end < len(tokens) and tokens[end] != "(":
                end += 1
            result.append("operator" + "".join(tokens[index + 1:end]))
            index = end
        else:
            result.append(token)
            index += 1
    return result


def _at_depth_zero(tokens):
    """The tokens outside parentheses and braces, with "()" for a group in parentheses."""
    result = []
    depth = 0
    for token in tokens:
        if token in "({":
            depth += 1
        elif token in ")}":
            depth -= 1
            if depth == 0 and token == ")":
                result.append("()")
        elif depth == 0:
            result.append(token)
    return result


def _opens_type(flat):
    """Whether a class or enumeration begins: its word comes after the last parentheses, or its bases follow it."""
    types = [index for index, token in enumerate(flat) if token in TYPE_WORDS]
    if not types:
        return False
    if "()" not in flat[types[-1]:]:
        return "->" not in flat
    return ":" in flat[types[0]:flat.index("()", types[0])]


def _opens_member(flat, previous):
    """Whether the brace initializes a member in a constructor's list, as in X::X() : a{1} { }."""
    parameters = flat.index("()")
    has_list = ":" in flat[parameters:]
    return has_list and (previous == ">" or re.fullmatch(r"\w+", previous) is not None)


def kind_of(head):
    """What the brace opens that follows the tokens of head, outside of functions."""
    simple = _simplified(head)
    flat = _at_depth_zero(simple)
    if "namespace" in flat or flat[:1] == ["extern"] and "()" not in flat:
        return "scope"
    if "=" in flat:
        return "function" if flat[flat.index("=") + 1:flat.index("=") + 2] == ["["] else "value"
    if _opens_type(flat):
        return "scope"
    if "()" not in flat or _opens_member(flat, simple[-1]):
        return "value"
    return "function"


def name_of(head):
    flat = _at_depth_zero(_simplified(head))
    end = flat.index("=") if "=" in flat else flat.index("()") if "()" in flat else len(flat)
    start = max(end - 1, 0)
    while start >= 2 and flat[start - 1] == "::":
        start -= 2
    return "".join(flat[start:end]) or "?"


class FunctionReader:
    """Finds the functions of one file. What is within a function, lambdas and local classes, belongs to it."""

    def __init__(self, text):
        self.code = without_comments_and_strings(text)
        self.state = State()
        self.branches = []  # the state at each #if that is open
        self.functions = []
        self.error = None

    def read(self):
        line = 1
        end = 0
        for directive in DIRECTIVE.finditer(self.code):
            line = self._read_code(self.code[end:directive.start()], line)
            self._take_directive(directive.group("word"))
            line += directive.group().count("\n")
            end = directive.end()
        line = self._read_code(self.code[end:], line)
        if self.state.braces and not self.error:
            self.error = (self.state.braces[-1].line, "brace without its end")
        return self.functions

    def _take_directive(self, word):
        """Each branch of an #if begins in the same state, or their braces would count twice."""
        if word in ("if", "ifdef", "ifndef"):
            self.branches.append(self.state.copy())
        elif word in ("elif", "else") and self.branches:
            self.state = self.branches[-1].copy()
        elif word == "endif" and self.branches:
            self.branches.pop()

    def _read_code(self, code, line):
        for token in TOKEN.findall(code):
            if token == "\n":
                line += 1
            else:
                self._take(token, line)
        return line

    def _take(self, token, line):
        state = self.state
        if token == "{":
            self._open(line)
        elif token == "}":
            self._close(line)
        elif any(brace.kind == "function" for brace in state.braces):
            return
        elif token == ";" and state.parentheses == 0:
            state.head = []
        elif token == ":" and ACCESS_LABEL.search(" ".join(state.head)):
            state.head = []
        else:
            state.parentheses += (token == "(") - (token == ")")
            state.head.append(token)

    def _open(self, line):
        state = self.state
        within = state.parentheses > 0 or any(brace.kind != "scope" for brace in state.braces)
        kind = "value" if within else kind_of(state.head)
        state.braces.append(Brace(kind, line, state.head))
        state.head = state.head + ["{"] if kind == "value" else []

    def _close(self, line):
        state = self.state
        if not state.braces:
            self.error = self.error or (line, "brace without its beginning")
            return
        brace = state.braces.pop()
        if brace.kind == "function":
            self._add(Function(name_of(brace.head), brace.line, line))
        state.head = brace.head + ["{", "}"] if brace.kind == "value" else []

    def _add(self, function):
        # After #else the same closing brace may be seen again.
        self.functions = [other for other in self.functions if other.first != function.first
                          or other.last >= function.last] + [function]
