"""The programs that the demo starts, and what they say."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
import contextlib
import os
from pathlib import Path
import sys
from typing import Self

from demo.guard import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""

REMEMBERED = 60
"""Lines kept to be shown when something fails."""

type Filter = Callable[[str], bool]


class Child:
    """A program under guard, whose lines are shown as far as they are wanted."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        wanted: Filter,
        environment: Mapping[str, str] | None = None,
        remove: Path | None = None,
    ) -> None:
        """Describe the program; `remove` names a folder that must not outlive it."""
        self.name = name
        self.last_lines: deque[str] = deque(maxlen=REMEMBERED)
        self._wanted = wanted
        self._environment = {**os.environ, **(environment or {})}
        guard = [sys.executable, "-m", "demo.guard"]
        if remove is not None:
            guard += ["--remove", str(remove)]
        self._command = [*guard, "--", *command]
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the program, out of reach of the terminal's signals."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=ROOT,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the program; bounded, and by force in the end."""
        process, reader = self._process, self._reader
        if process is None or process.stdin is None or reader is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE + 5):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader

    async def ended(self) -> int:
        """Wait until the program has ended by itself; return its exit code."""
        if self._process is None:
            msg = f"{self.name} was never started"
            raise RuntimeError(msg)
        return await self._process.wait()

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        stream = self._process.stdout
        while True:
            try:
                line = (await stream.readline()).decode(errors="replace").rstrip()
            except ValueError:
                # A line beyond the reader's limit; what it held is skipped.
                continue
            if not line and stream.at_eof():
                return
            self.last_lines.append(line)
            if self._wanted(line):
                print(f"{self.name:>14} | {line}", flush=True)
