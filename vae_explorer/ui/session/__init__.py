"""What lives longer than a rerun: the link, the session, and what sessions share."""
