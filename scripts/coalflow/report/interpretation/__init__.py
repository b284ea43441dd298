"""What the report says of the inside of nets."""
