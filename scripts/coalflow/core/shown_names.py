"""Names from users' files, as they are shown."""

LONGEST_NAME = 40  # characters; contigs may have names of thousands


def shorten_name(name: str) -> str:
    """Return a name as it is shown: without control characters, and not too long.

    Examples
    --------
    >>> shorten_name("chr2")
    'chr2'
    >>> shorten_name("scaffold_" + 90 * "0" + "17")
    'scaffold_0000000000…00000000000000000017'
    """
    name = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name
    )
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[: half - 1]}…{name[-half:]}"
