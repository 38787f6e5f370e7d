"""审计链: what people did, sealed so that no line can be changed, lost or moved."""
