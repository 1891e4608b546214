"""One module per kind of thing that customers name; each takes words and returns entities."""
