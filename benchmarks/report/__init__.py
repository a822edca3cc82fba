"""Pages, Markdown and CSV of runs: `sangaku bench report`."""
