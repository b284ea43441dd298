"""A publication, as texts cite it, as lists have it, and in BibTeX."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Source:
    """A publication.

    Attributes
    ----------
    key : str
        By which it is cited, here and in BibTeX.
    kind : str
        ``article``, ``inproceedings`` or ``misc``.
    authors : tuple of str
        ``Family, Given``; ``others`` at the end where there are more.
    title : str
    year : int
    where : str
        The journal, the proceedings or the archive.
    volume, pages : str
        Empty where there are none.
    doi, url : str
        One of them, or none.
    """

    key: str
    kind: str
    authors: tuple[str, ...]
    title: str
    year: int
    where: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""

    @property
    def citation(self) -> str:
        """The authors and the year, as texts cite it."""
        families = [author.partition(",")[0] for author in self.authors if author != "others"]
        if len(families) > 2 or "others" in self.authors:
            return f"{families[0]} et al. {self.year}"
        return f"{' and '.join(families)} {self.year}"

    @property
    def link(self) -> str:
        """Its address; empty where there is none."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    def describe_source(self) -> str:
        """Return it as a list of references has it."""
        names = [_shorten_author(author) for author in self.authors if author != "others"]
        more = " et al." if "others" in self.authors else ""
        place = " ".join(filter(None, [self.where, self.volume]))
        pages = f": {self.pages}" if self.pages else ""
        end = f" {place}{pages}." if place else ""
        title = self.title.replace("{", "").replace("}", "")
        return f"{', '.join(names)}{more} ({self.year}). {title}.{end}"

    def write_bibtex(self) -> str:
        """Return its entry in a ``.bib`` file."""
        field = {"article": "journal", "inproceedings": "booktitle"}.get(self.kind, "howpublished")
        fields = {
            "author": " and ".join(self.authors),
            "title": self.title,
            field: self.where,
            "year": str(self.year),
            "volume": self.volume,
            "pages": re.sub("–", "--", self.pages),
            "doi": self.doi,
            "url": self.url,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])


def _shorten_author(author: str) -> str:
    family, _, given = author.strip("{}").partition(", ")
    initials = "".join(name[0] for name in re.split(r"[ -]", given) if name)
    return f"{family} {initials}".strip()
