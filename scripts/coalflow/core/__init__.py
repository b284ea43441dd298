"""What every program needs: errors, files, the command line, progress, seeds, processes."""
