"""The floor of a list of 20 bills: one find in MongoDB and one Jinja2 page, without login and without asking the HIS."""

from jinja2 import Environment
from listening import GIVEN, collection, listen
from pymongo import MongoClient
from tornado.web import RequestHandler

PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><title>待缴费用</title><ul>{% for bill in bills %}<li><a href='/bills/{{ bill.number }}'>{{ bill.department }} {{ bill.day }} "
    "<b>{{ '%.2f'|format(bill.fen / 100) }}</b></a><ol>{% for item in bill.charges %}<li>{{ item }}</li>{% endfor %}</ol></li>{% endfor %}</ul>"
)
BILLS = 20


class Bills(RequestHandler):
    async def get(self):
        self.finish(PAGE.render(bills=await STORED.find({"card": "C1"}).to_list(BILLS)))


def fill():
    with MongoClient(GIVEN["database_uri"]) as client:
        stored = client["bench"]["received"]
        stored.delete_many({})
        stored.insert_many(
            {
                "card": "C1",
                "number": f"B{n}",
                "department": "内科",
                "day": "2026-11-27",
                "fen": 1234,
                "charges": ["血常规", "挂号费"],
            }
            for n in range(BILLS)
        )


fill()
STORED = collection()
listen(Bills)
