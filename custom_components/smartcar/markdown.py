"""Names that people and Smartcar chose, in texts that are read as Markdown.

Repairs, dialogs and notifications are. A nickname must not become a link or a
picture there; where a text is shown as it stands, an escape is seen, but no usual
name has one.
"""

import re
from typing import Final

# What marks up wherever it stands: an underscore only beside a word, a sign before
# a list or a heading only at the start, addresses without any sign at all.
_MARKUP: Final = re.compile(
    r"""
    [\\`*~|<>\[\]]
    | (?<![^\W_]) _ | _ (?![^\W_])
    | & (?= \#? \w+ ;)
    | : (?= //)
    | (?<= www) [.] | @
    | ^ [#+-] | (?: (?<= ^\d) | (?<= ^\d\d) | (?<= ^\d\d\d) ) [.)] (?! \S)
    """,
    re.VERBOSE | re.IGNORECASE,
)

# An escape, and what it stands for.
_ESCAPE: Final = re.compile(r"\\([\\`*~|<>\[\]_&:.@#+)-])")


def escaped(text: str) -> str:
    """Return text that says in Markdown what it says without."""
    return _MARKUP.sub(r"\\\g<0>", text)


def unescaped(text: str) -> str:
    """Return text as it reads once its escapes have been taken as Markdown."""
    return _ESCAPE.sub(r"\1", text)
