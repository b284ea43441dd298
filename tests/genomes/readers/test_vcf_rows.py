"""Blocks of any size, with an index and without, text or binary, are judged alike."""

import tempfile
from collections import Counter
from pathlib import Path

import pysam.bcftools
from helpers.genomes import record, vcf, write_by_htslib
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.genomes.genotypes.carried import NO_HAPLOTYPE
from coalflow.genomes.genotypes.sites import Rules, judge_block
from coalflow.genomes.readers.genome_file import Region
from coalflow.genomes.readers.vcf import VcfFile

NAMES = ("a", "b", "c")
ALTERNATIVES = ("T", "G", "T,G", "T,<DEL>", ".", "*", "TC", "t", "A" + ",C" * 14)
CALLS = ("0|1", "1|0", "0/1", "1|1", "0|0", ".", "./.", "0|.", "0", "1", "0|1|1", "2|1", "12|0")
GRID = [0, 3, 7, 8, 20, 10_000]

lines = st.tuples(
    st.sampled_from(ALTERNATIVES),
    st.tuples(*[st.sampled_from(CALLS)] * len(NAMES)),
    st.sampled_from(["GT", "GT:DP", "DP", "DP:GT"]),
    st.sampled_from(["PASS", ".", "q10"]),
)
contigs = st.lists(st.tuples(st.integers(1, 25), lines), min_size=1, max_size=30)


def write_line(contig, position, line):
    alt, calls, form, filters = line
    present = 1 + (0 if alt == "." else alt.count(",") + 1)
    cells = [
        call
        if all(
            not each.isdigit() or int(each) < present for each in call.replace("/", "|").split("|")
        )
        else "0|0"
        for call in calls
    ]
    cells = [
        {"GT": cell, "GT:DP": f"{cell}:3", "DP": "3", "DP:GT": f"3:{cell}"}[form] for cell in cells
    ]
    return record(position, *cells, contig=contig, alt=alt, form=form, info="AA=A").replace(
        "PASS", filters
    )


def judge(file, most_records, regions=(None,)):
    """Return all that is known of records, and how many are left out for which reason."""
    records, counts = [], Counter()
    rules = Rules(filters=("PASS", "."), ancestral="AA")
    for region in regions:
        for block in file.read_blocks(["c", "a"], "AA", region, most_records):
            judged = judge_block(block, rules)
            counts.update(judged.count())
            for row, reason in enumerate(judged.reasons.tolist()):
                alleles = [] if reason else judged.alleles[row].tolist()
                records.append(
                    (
                        block.contig,
                        int(block.positions[row]),
                        reason,
                        [[each for each in one if each != NO_HAPLOTYPE] for one in alleles],
                        judged.ploidies[row].tolist(),
                        judged.heterozygous[row].tolist(),
                        (judged.heterozygous[row] & ~block.phased[row]).tolist(),
                    )
                )
    return records, counts


@settings(max_examples=25, deadline=None)
@given(contigs, contigs)
def test_the_size_of_blocks_and_an_index_make_no_difference(first, second):
    text = vcf(
        *(
            write_line(contig, position, line)
            for contig, drawn in (("1", first), ("2", second))
            for position, line in sorted(drawn, key=lambda each: each[0])
        ),
        names=NAMES,
    ).replace("##INFO=<ID=DP", '##FILTER=<ID=q10,Description="Quality">\n##INFO=<ID=DP', 1)
    with tempfile.TemporaryDirectory() as folder:
        results = []
        regions = [
            Region(contig, *part) for contig in "12" for part in zip(GRID, GRID[1:], strict=False)
        ]
        for name, mode in (("genome.vcf.gz", "wz"), ("genome.bcf", "wb")):
            path = write_by_htslib(Path(folder) / name, text, mode)
            results += [judge(VcfFile(path), most) for most in (1, 7, 10_000)]
            pysam.bcftools.index(str(path), catch_stdout=False)
            results += [judge(VcfFile(path), most, regions) for most in (1, 10_000)]
        assert len(results[0][0]) == len(first) + len(second)
        for result in results[1:]:
            assert result == results[0]
