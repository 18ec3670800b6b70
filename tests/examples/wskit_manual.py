#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether every command and option of wskit's help is in its man page and is completed by bash.

wskit_manual.py WSKIT DIRECTORY, the directory with wskit.1 and completion/. Python's own modules only.
"""

import os
import re
import subprocess
import sys
import tempfile


def output_of(*command, variables=None):
    environment = dict(os.environ, LANG="C", LC_ALL="C.UTF-8", LANGUAGE="", **(variables or {}))
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout


def commands_of(tool):
    return re.findall(r"^  ([a-z]+) +\S", output_of(tool, "--help"), re.MULTILINE)


def options_of(tool, command):
    options = set()
    for line in output_of(tool, command, "--help").splitlines():
        if re.match(r"^  -", line):
            names = re.split(r"  | <", line.strip())[0]
            options.update(names.split(", "))
    return options


def manual_options(page, command):
    """The options below the heading of a command, and those that the headings of common options name."""
    text = page.replace("\\-", "-")
    sections = re.split(r"^\.S[sh] ", text, flags=re.MULTILINE)
    found = set()
    for section in sections:
        heading = section.split("\n", 1)[0]
        if re.search(r"\b%s\b" % command, heading) or heading.startswith("Options of the program"):
            for line in re.findall(r"^\.It (Fl .*)", section, re.MULTILINE):
                found.update("-" + name for name in re.findall(r"Fl (\S+)", line))
    return found


def completed(tool, script, words, directory=None, **variables):
    program = f'source "{script}"; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _wskit; ' \
              'printf "%s\\n" "${COMPREPLY[@]}"'
    path = os.path.dirname(tool) + ":" + os.environ["PATH"]
    environment = dict(os.environ, PATH=path, LANG="C", LC_ALL="C.UTF-8", **variables)
    result = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, env=environment,
                            cwd=directory)
    if result.returncode or result.stderr:
        sys.exit(f"bash: {result.stderr}")
    return set(result.stdout.split("\n")) - {""}


def name_problems(tool, script):
    """Whether a saved name comes back as the shell's word for it, and nothing in it is executed meanwhile."""
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "executed")
        words = {"My feed": "My\\ feed", f"$(touch {file})": f"\\$\\(touch\\ {file}\\)", "plain": "plain"}
        for name in words:
            for options in [], ["--template"]:
                output_of(tool, "save", *options, name, "ws://a.example", variables={"XDG_CONFIG_HOME": folder})
        for start in ["connect"], ["bench"], ["saved", "--remove"], ["connect", "--send-template"]:
            found = completed(tool, script, ["wskit", *start, "''"], XDG_CONFIG_HOME=folder)
            if found != set(words.values()):
                problems.append(f"bash completes {' '.join(start)} with {sorted(found)}")
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(os.path.join(directory, "My records"))  # readline adds no slash to what is no file name
            found = completed(tool, script, ["wskit", "replay", "''"], directory, XDG_CONFIG_HOME=folder)
            if found != {*words.values(), "My\\ records/"}:
                problems.append(f"bash completes replay with {sorted(found)}")
        if os.path.exists(file):
            problems.append("bash executes what is in saved names")
    return problems


def lint(path):
    """What mandoc has to say, but for what it says of this machine's other pages."""
    result = subprocess.run(["mandoc", "-T", "lint", path], capture_output=True, text=True)
    return [line for line in (result.stdout + result.stderr).splitlines() if "mandoc.db" not in line]


def main():
    tool, directory = sys.argv[1:]
    with open(os.path.join(directory, "wskit.1"), encoding="utf-8") as file:
        page = file.read()
    script = os.path.join(directory, "completion", "wskit.bash")
    problems = lint(os.path.join(directory, "wskit.1"))
    commands = commands_of(tool)
    if len(commands) < 5:
        problems.append(f"the help names too few commands: {commands}")
    problems += name_problems(tool, script)
    missing = set(commands) - completed(tool, script, ["wskit", "''"])
    problems += [f"bash does not complete the command {name}" for name in sorted(missing)]
    for command in commands:
        options = options_of(tool, command)
        if "--help" not in options:
            problems.append(f"{command} --help cannot be read")
        for option in sorted(options - manual_options(page, command)):
            problems.append(f"wskit.1 does not have {command} {option}")
        if f".It Cm {command}" not in page:
            problems.append(f"wskit.1 does not have the command {command}")
        for option in sorted(options - completed(tool, script, ["wskit", command, "-"])):
            problems.append(f"bash does not complete {command} {option}")
    print("\n".join(problems) or f"{len(commands)} commands are documented and completed")
    sys.exit(1 if problems else 0)


main()
