"""MongoDB through Motor: the only importer of the driver. ``connect`` gives the stores and the database's own doings."""

from server.storage.mongo.database import MongoDatabase, connect

__all__ = ["MongoDatabase", "connect"]
