"""The demo hospital and its HIS (docs/his-interface.md): patients, bills, write-backs, signed both ways."""
