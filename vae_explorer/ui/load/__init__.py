"""How many visitors a server holds: visitors without browsers, what they do, and the search."""
