"""Do the parts of the repository say the same? Most of it without Home Assistant."""
