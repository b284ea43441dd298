"""What mkdocs does with the pages of docs/, which are written to be read on a forge as well."""

import re
from typing import Any

_FENCE = re.compile(r"^\s*(```|~~~)")
_ITEM = re.compile(r"^( *)(?:[-*]|\d+\.) +")
_ROLE = re.compile(r":(?:func|class|meth|mod|attr):(?=<code>)")
_CELL = re.compile(r"<td[^>]*>.*?</td>", re.DOTALL)
_CODE = re.compile(r"(?<=<code>)[^<]+(?=</code>)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return a page as Python-Markdown has to be given it.

    Python-Markdown wants four blanks for a level of a list, where CommonMark takes as many as the
    marker is wide.
    """
    return "\n".join(_widen_lists(markdown.split("\n")))


def on_page_content(html: str, **_: Any) -> str:
    """Return a page without Sphinx's roles, and with names in tables that may end a line.

    Examples
    --------
    >>> on_page_content("<td><code>training.loss</code> of :func:<code>train</code></td>")
    '<td><code>training.<wbr>loss</code> of <code>train</code></td>'
    """
    return _CELL.sub(lambda cell: _CODE.sub(_allow_breaks, cell[0]), _ROLE.sub("", html))


def _allow_breaks(code: re.Match[str]) -> str:
    return re.sub(r"(?<=\w)([./_])(?=[a-z])", r"\1<wbr>", code[0])


def _widen_lists(lines: list[str]) -> list[str]:
    """Return the lines of a page with what belongs to an item of a list four blanks to the right.

    Examples
    --------
    >>> _widen_lists(["- an item:", "", "      code", "", "A paragraph."])
    ['- an item:', '', '        code', '', 'A paragraph.']
    """
    widened, items, fenced = [], [], False
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not fenced:
            items = [item for item in items if indent >= item]
        within = items[-1] if items else 0
        widened.append(" " * 4 * len(items) + line[within:] if line.strip() else line)
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (item := _ITEM.match(line)) and indent - within < 4:
            items.append(len(item[0]))
    return widened
