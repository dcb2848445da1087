"""What an error would show to whoever reads a log."""

import traceback


def shown(error: BaseException) -> str:
    """Return an error's text, its repr, and its traceback with the whole chain."""
    lines = traceback.format_exception(error)
    return "\n".join([str(error), repr(error), repr(error.args), *lines])
