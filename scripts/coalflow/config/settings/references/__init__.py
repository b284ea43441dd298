"""What programs are given that simulate the null, and make what genomes are compared with."""
