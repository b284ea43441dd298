"""Names from users' files may be anything; what is shown of them is short and harmless."""

from coalflow.core.shown_names import LONGEST_NAME, shorten_name


def test_names_from_files_are_shown_without_control_characters_and_shortened():
    assert shorten_name("chr$1_a^b") == "chr$1_a^b"
    assert shorten_name("chr\x011\n") == "chr\ufffd1\ufffd"
    short = shorten_name("scaffold_" + 3000 * "7" + "_end")
    assert len(short) == LONGEST_NAME
    assert short.startswith("scaffold_7")
    assert short.endswith("7_end")
