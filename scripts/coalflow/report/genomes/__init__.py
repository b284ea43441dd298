"""What the report shows of genomes that were scanned."""
