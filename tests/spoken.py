"""What is said to Assist about two cars, and what it answers: the table.

`tests/test_voice.py` holds every row on the version that tests run on; `tools/spoken.py`
speaks the same rows to a real Home Assistant. Every sentence that the page about voice
shows is a row, or says with `{…}` what stands for one.
"""

from typing import Final, NamedTuple

ASSISTANT: Final = "conversation"


class Said(NamedTuple):
    """A sentence and its answer.

    `sends`: the action that follows, and its entity.
    """

    sentence: str
    answer: str
    sends: str = ""


type Table = dict[str, tuple[Said, ...]]
"""Rows in the order in which they are said, by language."""

BUILT_IN: Final[Table] = {"en": (), "de": ()}
