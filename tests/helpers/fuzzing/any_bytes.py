"""What can happen to the bytes of any file, and to the lines and words of any text."""

import gzip
import random
import re
from collections.abc import Callable

from helpers.fuzzing.formats import Mutation

NUMBER = re.compile(rb"(?<![A-Za-z0-9_.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![A-Za-z0-9_])")
WORD = re.compile(rb"[A-Za-z0-9_.+-]+")
ODD_NUMBERS = (
    b"0 -1 -0 1 2 3 0.5 1e-8 1e400 -1e400 1e308 nan NaN inf -inf 1_000 0x10 010 1:10 +5 1. .5 "
    b"9223372036854775807 9223372036854775808 18446744073709551616 2147483648 4294967295"
).split() + [b"", b"1" * 5000, b"9" * 400, "١٢".encode(), b"1,5", b"1e", b"--1", b"0" * 30 + b"1"]
ODD_WORDS = [
    b"",
    b" ",
    b".",
    b"..",
    b"/",
    b"../../x",
    b"-",
    b"--help",
    b"^x",
    b"a,b",
    b"$x$",
    b"$\\frac{$",
    b"{x}",
    b"%s%n",
    b"=cmd|' /C calc'!A0",
    b"null",
    b"NA",
    b"true",
    b"~",
    b"a" * 300,
    b"a" * 100_000,
    b"a\nb",
    b"a\tb",
    b"'",
    b'"',
    b"\\",
    b"#",
    b":",
    b"*",
    b"&x",
    b"!!x",
    "é".encode("latin-1"),
    "日本".encode(),
    "\u202ex\u200b".encode(),
    b"\xed\xa0\x80",
    b"\x1b[31m",
    b"\x00",
]


def _span(content: bytes, chance: random.Random, longest: int = 64) -> slice:
    start = chance.randrange(len(content) + 1)
    return slice(start, start + chance.randint(1, longest))


def _put(content: bytes, where: slice, new: bytes) -> bytes:
    return content[: where.start] + new + content[where.stop :]


def flip_bits(content: bytes, chance: random.Random) -> bytes:
    """Flip one to eight bits."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def set_bytes(content: bytes, chance: random.Random) -> bytes:
    """Overwrite some bytes by extreme ones."""
    new = bytes([chance.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])]) * chance.choice([1, 1, 2, 4, 8])
    start = chance.randrange(len(content) + 1)
    return _put(content, slice(start, start + len(new)), new)


def insert_bytes(content: bytes, chance: random.Random) -> bytes:
    """Insert random bytes."""
    start = chance.randrange(len(content) + 1)
    return _put(content, slice(start, start), chance.randbytes(chance.randint(1, 30)))


def delete_span(content: bytes, chance: random.Random) -> bytes:
    """Delete a span."""
    return _put(content, _span(content, chance), b"")


def duplicate_span(content: bytes, chance: random.Random) -> bytes:
    """Write a span again, somewhere."""
    span, start = _span(content, chance, 500), chance.randrange(len(content) + 1)
    return _put(content, slice(start, start), content[span])


def truncate(content: bytes, chance: random.Random) -> bytes:
    """Cut the file off."""
    return content[: chance.randrange(len(content) + 1)]


def append_bytes(content: bytes, chance: random.Random) -> bytes:
    """Append random bytes."""
    return content + chance.randbytes(chance.randint(1, 300))


def replace_by_noise(content: bytes, chance: random.Random) -> bytes:
    """Return random bytes after the first ones."""
    return content[: chance.choice([0, 2, 8, 18, 64])] + chance.randbytes(chance.randint(1, 4000))


def repeat(content: bytes, _chance: random.Random) -> bytes:
    """Write the file twice."""
    return content * 2


BYTES: dict[str, Mutation] = {
    function.__name__.replace("_", " "): function
    for function in (
        flip_bits,
        set_bytes,
        insert_bytes,
        delete_span,
        duplicate_span,
        truncate,
        append_bytes,
        replace_by_noise,
        repeat,
    )
}


# Texts -------------------------------------------------------------------------------------------


def encode_otherwise(content: bytes, chance: random.Random) -> bytes:
    """Write the text in another encoding."""
    text = content.decode("utf-8", errors="replace")
    name = chance.choice(["utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"])
    return text.encode(name, errors="replace")


def insert_latin_1(content: bytes, chance: random.Random) -> bytes:
    """Insert what is not UTF-8 into a word."""
    start = chance.randrange(len(content) + 1)
    return _put(content, slice(start, start), chance.choice([b"\xe9", b"\xfc\xdf", b"\xff"]))


def insert_nul(content: bytes, chance: random.Random) -> bytes:
    """Insert NUL bytes."""
    start = chance.randrange(len(content) + 1)
    return _put(content, slice(start, start), b"\x00" * chance.choice([1, 1, 512]))


def begin_with_mark(content: bytes, _chance: random.Random) -> bytes:
    """Begin with the byte-order mark of UTF-8."""
    return b"\xef\xbb\xbf" + content


def end_lines_as_windows(content: bytes, _chance: random.Random) -> bytes:
    """End lines with CR LF."""
    return content.replace(b"\n", b"\r\n")


def end_lines_as_old_macs(content: bytes, _chance: random.Random) -> bytes:
    """End lines with CR."""
    return content.replace(b"\n", b"\r")


def pack(content: bytes, _chance: random.Random) -> bytes:
    """Compress the file with gzip."""
    return gzip.compress(content, mtime=0)


def pack_and_cut(content: bytes, chance: random.Random) -> bytes:
    """Compress the file with gzip and cut that off."""
    return truncate(gzip.compress(content, mtime=0), chance)


def _change_lines(change: Callable[[list[bytes], int, random.Random], None]) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        lines = content.split(b"\n")
        change(lines, chance.randrange(len(lines)), chance)
        return b"\n".join(lines)

    return mutate


def _delete_line(lines: list[bytes], index: int, _chance: random.Random) -> None:
    del lines[index]


def _repeat_line(lines: list[bytes], index: int, chance: random.Random) -> None:
    lines[index:index] = [lines[index]] * chance.choice([1, 1, 3])


def _move_line(lines: list[bytes], index: int, chance: random.Random) -> None:
    line = lines.pop(index)
    lines.insert(chance.randrange(len(lines) + 1), line)


def _shuffle_lines(lines: list[bytes], index: int, chance: random.Random) -> None:
    rest = lines[index:]
    chance.shuffle(rest)
    lines[index:] = rest


def _lengthen_line(lines: list[bytes], index: int, chance: random.Random) -> None:
    lines[index] += chance.choice([b"x", b"0", b" ", b"\t"]) * chance.choice([1000, 2_000_000])


def _empty_line(lines: list[bytes], index: int, chance: random.Random) -> None:
    lines.insert(index, chance.choice([b"", b" ", b"\t", b"\x0c", b"#", b"//"]))


def _indent_line(lines: list[bytes], index: int, chance: random.Random) -> None:
    lines[index] = chance.choice([b" ", b"  ", b"\t"]) + lines[index]


def change_number(content: bytes, chance: random.Random) -> bytes:
    """Replace a number by an odd one."""
    return _replace_one(content, NUMBER, ODD_NUMBERS, chance)


def change_word(content: bytes, chance: random.Random) -> bytes:
    """Replace a word by an odd one."""
    return _replace_one(content, WORD, ODD_WORDS, chance)


def exchange_words(content: bytes, chance: random.Random) -> bytes:
    """Replace a word by another one of the file."""
    return _replace_one(content, WORD, [word[0] for word in WORD.finditer(content)], chance)


def change_separators(content: bytes, chance: random.Random) -> bytes:
    """Write other separators, everywhere or once."""
    old, new = chance.sample([b"\t", b" ", b",", b";", b"  "], 2)
    return content.replace(old, new, chance.choice([1, -1]))


def _replace_one(
    content: bytes, what: re.Pattern[bytes], new: list[bytes], chance: random.Random
) -> bytes:
    found = list(what.finditer(content))
    if not found:
        return content
    chosen = chance.choice(found)
    return content[: chosen.start()] + chance.choice(new) + content[chosen.end() :]


TEXT: dict[str, Mutation] = {
    **BYTES,
    **{
        function.__name__.replace("_", " "): function
        for function in (
            encode_otherwise,
            insert_latin_1,
            insert_nul,
            end_lines_as_old_macs,
            pack_and_cut,
            change_number,
            change_word,
            exchange_words,
            change_separators,
        )
    },
    **{
        function.__name__.strip("_").replace("_", " "): _change_lines(function)
        for function in (
            _delete_line,
            _repeat_line,
            _move_line,
            _shuffle_lines,
            _lengthen_line,
            _empty_line,
            _indent_line,
        )
    },
}


def twice(mutations: dict[str, Mutation]) -> dict[str, Mutation]:
    """Return a mutation that is two others, one after the other."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        for _ in range(2):
            content = chance.choice(list(mutations.values()))(content, chance)
        return content

    return {"two of these": mutate}
