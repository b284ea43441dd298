"""The file that simulations resemble, read to be measured."""

from coalflow.config.schema.observation import LikeFile
from coalflow.genomes.measuring.measured_counts import MeasuredCounts, MeasuredPart
from coalflow.genomes.plan import list_regions
from coalflow.genomes.readers.formats import open_genome_file


def measure_part(like: LikeFile, ploidy: int, part: int = 0, parts: int = 1) -> MeasuredPart:
    """Count phase, missing genotypes and rare alleles of all individuals in a part of a file.

    Genotyping errors and wrong ancestral alleles cannot be measured on one file.

    Parameters
    ----------
    like : LikeFile
        Records in which somebody is called with another ploidy are not measured, such as those of
        X and Y.
    ploidy : int
        That of simulations.
    part, parts : int
        Which of how many. Of a file that cannot be read by regions, the first part is all.

    Raises
    ------
    CoalflowError
        If the file cannot be read.
    """
    file = open_genome_file(like.path)
    counts = MeasuredCounts(like, file.individuals, ploidy)
    for region in list_regions(file, part, parts):
        for block in file.read_blocks(file.individuals, region=region):
            counts.count(block)
    return counts.summarise()
