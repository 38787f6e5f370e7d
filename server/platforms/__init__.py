"""One folder per outside platform: its wire format, signing and errors. Nobody else knows them."""
