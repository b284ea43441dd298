"""Windows along genomes: where they lie, what flags them, and their encoding in batches."""
