from coalflow.config.schema.genomes import Genome


def test_pictures_have_names_that_any_disk_takes():
    shown = ("2L", "chr/1", "CHR:1", "ß" * 200, "2l")
    names = Genome(path="a.vcf", show=shown).name_pictures()
    assert list(names) == [*shown]
    assert list(names.values()) == ["1_2L", "2_chr_1", "3_CHR_1", "4_" + "_" * 100, "5_2l"]
