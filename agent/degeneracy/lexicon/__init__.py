"""The lexicon: mathematical terms that a source attests, Japanese and English, with other names of the same thing.

Files are tab-separated, UTF-8, one entry a line, ``#`` begins a comment::

    term<TAB>reading<TAB>alias|alias<TAB>topic<TAB>source

``source`` is an id of ``sources.tsv`` (id, title, address, licence) and, after a colon, the place in it; or an address. A user's
own file may leave out all but the term. What the lexicon lacks is *unattested*; that does not make it false.
"""

from __future__ import annotations

from agent.degeneracy.lexicon.fold import fold
from agent.degeneracy.lexicon.read import Entry, Lexicon, Source, read_entries, read_sources, shipped, shipped_sources

__all__ = ["Entry", "Lexicon", "Source", "fold", "read_entries", "read_sources", "shipped", "shipped_sources"]
