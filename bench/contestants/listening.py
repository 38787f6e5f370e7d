"""What the Python contestants share: a Tornado server on the port of the first word, with the settings in the file of the second.

These programs run in an environment of their own and import nothing of Zhenfu.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path

from tornado.web import Application

GIVEN = json.loads(Path(sys.argv[2]).read_text("utf-8"))


def collection():
    """Where a contestant stores durably: as a hospital would, acknowledged by the majority and journalled."""
    from motor.motor_asyncio import AsyncIOMotorClient

    return AsyncIOMotorClient(GIVEN["database_uri"])["bench"]["received"]


def listen(handler):
    async def run():
        logging.getLogger("tornado.access").setLevel(logging.ERROR)
        Application([(".*", handler)]).listen(int(sys.argv[1]), "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(run())
