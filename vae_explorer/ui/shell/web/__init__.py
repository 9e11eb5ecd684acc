"""What stands between browsers and all pages and routes: headers, the visitor's cookie, doors."""
