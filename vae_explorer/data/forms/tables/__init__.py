"""Tables of pixels, as text or as Parquet: which columns are what, and the rows they hold."""
