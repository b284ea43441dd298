"""What follows from the section ``evaluation``."""
