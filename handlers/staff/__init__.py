"""H5 pages for staff who work in the chat."""
