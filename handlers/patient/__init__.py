"""H5 pages for patients."""
