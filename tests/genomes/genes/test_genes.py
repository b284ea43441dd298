import numpy as np
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genes.genes import ContigGenes, Gene, Genes


def make(**contigs):
    """Return genes: names with starts and ends, by contig."""
    return Genes(
        "genes.gff3",
        {
            contig: ContigGenes.sort(Gene(name, a, b, "+", True) for name, a, b in genes)
            for contig, genes in contigs.items()
        },
    )


GENES = make(chr2=[("C", 50, 60), ("A", 10, 20), ("long", 0, 100), ("A", 30, 40)], chr3=[])


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (20, 30, ["long"]),  # the end is not included
        (19, 31, ["long", "A"]),  # once
        (59, 60, ["long", "C"]),
        (100, 200, []),
    ],
)
def test_genes_that_overlap(start, end, names):
    assert GENES.find_overlapping("chr2", start, end) == names


def test_genes_within_are_by_start_with_all_that_is_known():
    assert GENES.within("chr2", 15, 35) == [
        Gene("long", 0, 100, "+", True),
        Gene("A", 10, 20, "+", True),
        Gene("A", 30, 40, "+", True),
    ]
    assert GENES.within("chr4", 0, 9) == []


def test_overlaps_are_those_of_all_pairs():
    random = np.random.default_rng(3)
    starts = random.integers(0, 1000, 200)
    ends = starts + random.integers(1, 80, 200)
    genes = make(c=[(f"g{i}", int(starts[i]), int(ends[i])) for i in range(200)])
    for start in random.integers(0, 1000, 50):
        end = start + 17
        expected = {f"g{i}" for i in range(200) if starts[i] < end and ends[i] > start}
        assert set(genes.find_overlapping("c", start, end)) == expected
        distance = np.maximum(np.maximum(starts - end, start - ends), 0).min()
        nearest = genes.find_nearest("c", start, end)
        assert nearest is not None and nearest[1] == distance


@pytest.mark.parametrize(
    ("start", "end", "nearest"),
    [(105, 110, ("long", 5)), (100, 110, ("long", 0)), (12, 13, ("long", 0))],
)
def test_the_nearest_gene_and_its_distance(start, end, nearest):
    assert GENES.find_nearest("chr2", start, end) == nearest


def test_before_the_first_gene_the_distance_is_to_its_start():
    assert make(c=[("A", 10, 20)]).find_nearest("c", 2, 7) == ("A", 3)


@pytest.mark.parametrize("contig", ["chr3", "chr4"])
def test_a_contig_without_genes_has_no_nearest(contig):
    assert GENES.find_nearest(contig, 0, 9) is None


def test_genes_of_contigs_with_other_names_are_refused_with_a_suggestion():
    with pytest.raises(CoalflowError) as caught:
        make(chr22=[("A", 1, 2)]).refuse_unfit({"22": 100, "X": 50}, "mine.vcf")
    message = str(caught.value)
    assert message.startswith(
        "genes.gff3: has genes on contigs chr22, but the contigs of mine.vcf are 22, X "
        "(22 may be its chr22)"
    )


def test_genes_of_some_of_the_contigs_are_enough():
    GENES.refuse_unfit({"chr1": 10, "chr2": 100}, "mine.vcf")


def test_genes_of_another_assembly_are_refused():
    with pytest.raises(CoalflowError, match="gene C begins at base 51 of contig chr2.* has 50 in"):
        GENES.refuse_unfit({"chr2": 50}, "mine.vcf")
    GENES.refuse_unfit({"chr2": 51}, "mine.vcf")
