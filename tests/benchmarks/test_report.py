"""The report of a run: the page in a real browser, its parts, Markdown and CSV."""
