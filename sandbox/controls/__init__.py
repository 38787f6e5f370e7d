"""The sandbox's own controls (README.md): JSON below /sandbox/, and what the phones' pages need of the platforms."""
