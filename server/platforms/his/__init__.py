"""The HIS that speaks Zhenfu's own interface (docs/his-interface.md).

http_json.py  our calls of the HIS    request_verifier.py  its calls of us    signing.py  signatures of both    wire.py  the JSON
"""
