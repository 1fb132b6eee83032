"""Every Python block of the documentation runs, and prints what the page says that it prints."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import pytest
from golden import ROOT

PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n?^```text\n(?P<printed>.*?)^```$)?", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run_and_print_what_it_shows(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    # Blocks of a page follow from each other, as a reader meets them.
    names: dict[str, Any] = {}
    for block in BLOCK.finditer(text):
        # Lines of a traceback are those of the page.
        above = "\n" * text.count("\n", 0, block.start("code"))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(above + block["code"], str(page), "exec"), names)
        assert printed.getvalue() == (block["printed"] or "")


def test_there_are_pages() -> None:
    assert PAGES
