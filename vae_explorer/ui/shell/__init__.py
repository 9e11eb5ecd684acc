"""Around the pages: start-up, sidebar, HTTP routes, exports."""
