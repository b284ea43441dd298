"""Where models fail: by parameter and region, what they detect, and which windows confuse them."""
