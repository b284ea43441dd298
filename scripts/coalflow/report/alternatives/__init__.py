"""What is to be seen in pictures, in words, for those who do not see them."""
