"""All kinds of files that the fuzzer knows."""

from helpers.fuzzing import (
    configs,
    genome_formats,
    genomes,
    histories,
    imports,
    maps,
    masks,
    packages,
    results,
    selections,
    sexes,
    tables,
)
from helpers.fuzzing.formats import Format

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        configs.CONFIG,
        configs.SNAKEMAKE,
        genomes.VCF,
        genomes.VCF_MEASURED,
        genomes.VCF_GZ,
        genomes.BCF,
        *genome_formats.FORMATS,
        masks.BED,
        sexes.SEXES_FORMAT,
        *selections.FORMATS,
        histories.DEMES,
        maps.MAP,
        imports.MS,
        imports.TREES,
        imports.TRUTH_TSV,
        imports.TRUTH_CSV,
        tables.DRAWS_TSV,
        tables.DRAWS_CSV,
        packages.PACKAGE,
        *results.FORMATS,
    )
}
