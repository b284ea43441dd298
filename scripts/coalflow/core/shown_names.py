"""Names from users' files, as they are shown."""

LONGEST_NAME = 40  # characters; contigs may have names of thousands


def shorten_name(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a name as it is shown: without control characters, and not too long.

    Parameters
    ----------
    name : str
    longest : int
        Characters that it may have.

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
    half = longest // 2
    return name if len(name) <= longest else f"{name[: half - 1]}…{name[-half:]}"
