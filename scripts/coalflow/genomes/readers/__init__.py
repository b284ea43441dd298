"""Files with genomes, of every format, read as blocks of records."""
