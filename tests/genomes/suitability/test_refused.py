import pytest

from coalflow.core.errors import CoalflowError
from coalflow.genomes.suitability.refused import refuse_unknown_shown


def test_a_picture_of_a_contig_that_is_not_scanned_is_refused():
    refuse_unknown_shown("mine.vcf", ["chr2L"], ["chr2L", "chr2R"])
    with pytest.raises(CoalflowError, match=r"mine.vcf: genomes.<name>.show .*chr2l") as refused:
        refuse_unknown_shown("mine.vcf", ["chr2l"], ["chr2L", "chr2R"])
    assert "chr2L" in str(refused.value)
