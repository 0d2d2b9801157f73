"""The fonts that documents are set in.

Libertinus, which is within Typst, has Latin, Greek and Cyrillic; FiraGO, from the package pymupdf-fonts (SIL Open Font
License), has Arabic, Hebrew and more. What neither has may be among the system's fonts.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pymupdf_fonts  # pyright: ignore[reportMissingTypeStubs]
import typst

from integrations.errors import Unavailable

_FIRA_GO = ("figo", "figbo")
_EACH_ONCE = '#set text(font: "FiraGO")\n\u0623\u05d0 *\u0623\u05d0*'


def ours() -> typst.Fonts:
    """Return the fonts that are the same on every machine. Raises Unavailable where they cannot be loaded now."""
    return _fonts(system=False)


def with_the_systems() -> typst.Fonts:
    """Return these fonts and those that this machine has. Raises Unavailable where they cannot be loaded now."""
    return _fonts(system=True)


@cache
def _fonts(*, system: bool) -> typst.Fonts:
    """Load the fonts, once a process.

    Typst takes fonts from folders, reads each where it is first used, and keeps it. So each is used here, and the
    folder is needed no longer: nothing is left behind, and nothing that cleans up temporary files takes them away.
    """
    try:
        with TemporaryDirectory(prefix="nolapse-fonts-") as folder:
            for name in _FIRA_GO:
                (Path(folder) / f"{name}.ttf").write_bytes(_font(name))
            loaded = typst.Fonts(include_system_fonts=system, font_paths=[folder])
            typst.compile(_EACH_ONCE.encode(), font_paths=loaded, pdf_standards="a-3b")
    except (OSError, typst.TypstError) as error:
        raise Unavailable(f"the fonts of documents cannot be loaded on this machine: {error}") from error
    return loaded


def _font(name: str) -> bytes:
    return pymupdf_fonts.myfont(name)  # pyright: ignore[reportUnknownMemberType] - it has no types
