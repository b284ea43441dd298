"""What the report says of ancestry that is predicted at each base."""
