"""Elements that run in the browser; they know no page."""
