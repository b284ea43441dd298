"""Sites outside the mask are left out."""

import pytest
from helpers.genomes import PLAIN, dropped, only, read_text, record, refusal_of_text, vcf


def test_sites_outside_the_mask_are_left_out_and_counted(tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("1\t9\t10\n1\t29\t40\n2\t0\t100\n")  # bases 10 and 30 to 40
    text = vcf(*(record(position, "0|1", "0|0") for position in (9, 10, 11, 29, 30, 49)))
    contigs, description = read_text(tmp_path, text, mask=str(mask))
    assert only(contigs).positions.tolist() == [10, 30]
    assert dropped(description) == {"outside_mask": 4}
    assert description.accessible == pytest.approx(12 / 41)  # of 9 to 49: 10, and 30 to 40


def test_a_mask_of_what_is_not_accessible_is_refused(tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("1\t100\t1000\n")
    message = refusal_of_text(tmp_path, PLAIN, mask=str(mask))
    assert "none of its 3 usable sites lies within the mask" in message
    assert "bedtools complement" in message


def test_a_mask_with_other_names_of_contigs_is_refused(tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("chr1\t0\t1000\n")
    message = refusal_of_text(tmp_path, PLAIN, mask=str(mask))
    assert "names its contigs 1, but the mask" in message
    assert "names them chr1: write the mask's names as in the VCF" in message
