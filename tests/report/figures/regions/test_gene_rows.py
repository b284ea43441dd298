import itertools

import numpy as np
from matplotlib.figure import Figure

from coalflow.genomes.genes import Gene
from coalflow.report.figures.regions import gene_rows
from coalflow.report.figures.regions.gene_rows import draw_genes, place_genes

INCHES = 6.0


def make_genes(number, seed=1):
    generator = np.random.default_rng(seed)
    starts = generator.integers(-50_000, 1_000_000, number)
    lengths = generator.lognormal(10, 1, number).astype(int) + 50_001
    return [
        Gene(f"GENE{index}", int(start), int(start + length), "+", index % 2 == 0)
        for index, (start, length) in enumerate(zip(starts, lengths, strict=True))
    ]


def measure(placed):
    """Return where genes with their names begin and end, in inches."""
    scale = INCHES / 1_000_000
    low, high = (min(max(base, 0), 1_000_000) * scale for base in placed.gene[1:3])
    name_end = placed.label_at + gene_rows.LETTER_WIDTH * len(placed.label)
    return min(low, placed.label_at), max(high, name_end)


def test_genes_and_their_names_do_not_overlap():
    placed, left_out = place_genes(make_genes(60), 0, 1_000_000, INCHES)
    assert left_out > 0
    assert len(placed) + left_out == 60
    for first, second in itertools.combinations(placed, 2):
        if first.row == second.row:
            (a, b), (c, d) = measure(first), measure(second)
            assert b <= c or d <= a
    assert all(measure(each)[0] >= 0 and measure(each)[1] <= INCHES for each in placed)


def test_genes_that_code_for_proteins_have_room_first():
    placed, _ = place_genes(make_genes(60), 0, 1_000_000, INCHES)
    assert sum(each.gene.coding for each in placed) > len(placed) / 2


def test_a_gene_as_wide_as_the_picture_has_its_name_on_it():
    (placed,), _ = place_genes([Gene("A", -9, 2000, "-", True)], 0, 1000, INCHES)
    assert placed.is_on_gene
    assert placed.label == "A \N{LEFTWARDS ARROW}"


def test_names_are_drawn_where_they_have_room():
    placed, _ = place_genes([Gene("LCT", 100, 200, "-", True)], 0, 1000, INCHES)
    axis = Figure().subplots()
    draw_genes(axis, placed, 0, 1000, INCHES)
    (text,) = axis.texts
    assert text.get_text() == "LCT \N{LEFTWARDS ARROW}"
    assert text.get_position()[0] * 1e6 > 200
    (bar,) = axis.patches
    assert bar.get_x() * 1e6 == 100
