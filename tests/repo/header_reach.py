"""Finds includes of ours that a header does not need: it never uses their names, or only refers to their classes.

A change of a header rebuilds every file that includes it, so a header should only declare a class that it refers to.
This reads the text and is not a compiler: in doubt an include counts as needed.
"""

import re

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
CLASS = re.compile(r"^(?!.*\benum\b)[^\n;(]*?\b(?:class|struct)\s+(\w+)(?:\s+final)?\s*(?::[^:;{][^;{]*)?\{", re.M)
TEMPLATE = re.compile(r"template\s*<[^;{]*?>\s*(?:class|struct|using)\s+(\w+)")
# Enumerations, aliases, concepts, constants, functions, macros: one line elsewhere cannot declare these again.
OTHER = re.compile(
    r"\benum\s+(?:class\s+)?(\w+)|\busing\s+(\w+)\s*=|\bconcept\s+(\w+)|\b(k[A-Z]\w*)|\b([A-Z]\w*)\s*\(|#define\s+(\w+)"
)


def declared(text):
    """The classes that a header defines, and all other names that it defines."""
    text = COMMENT.sub("", text)
    templates = set(TEMPLATE.findall(text))
    classes = set(CLASS.findall(text)) - templates
    return classes, {name for names in OTHER.findall(text) for name in names if name} - classes | templates


def only_referred_to(name, body):
    """True if `body` would compile with only `class name;`."""
    for found in re.finditer(rf"\b{name}\b", body):
        if re.search(r"\b(class|struct) $", body[: found.start()]) and body[found.end()] == ";":
            continue  # Declared already.
        after = body[found.end() :]
        reference = re.match(r"\s*(?:const\s*)?[&*]+\s*(\w*)(\s*=\s*(?!nullptr|default|delete)\S)?", after)
        if not reference or reference[2]:  # A default argument makes one.
            return False
        if reference[1] and re.search(rf"\b{reference[1]}(\.|->)|\*{reference[1]}\b", body):
            return False
    return True


def faults(include, headers):
    """(path, line, fault) of each include that a header of `headers` does not need; `include` matches an include."""
    known = {path: declared(text) for path, text in headers.items()}
    for path, text in headers.items():
        body = "\n".join(line for line in COMMENT.sub("", text).split("\n") if not include.match(line))
        words = set(re.findall(r"\w+", body))
        for number, line in enumerate(text.split("\n"), 1):
            match = include.match(line)
            classes, others = known.get(match[2], ((), ())) if match else ((), ())
            if not classes and not others or words & others or "repo-lint: " in line:
                continue
            named = sorted(words & classes)
            if not named:
                yield path, number, f"names nothing of {match[2]}: include it where it is used"
            elif all(only_referred_to(name, body) for name in named):
                yield path, number, f"only refers to {', '.join(named)}: declare it instead of including {match[2]}"
