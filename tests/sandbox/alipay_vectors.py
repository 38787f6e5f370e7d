"""Vectors of docs/protocols/alipay.md section 14; where the app signs, the key is T0 of vectors.py."""

REQUEST_TEXT = (
    'app_id=2021000000000001&biz_content={"out_trade_no":"T1"}&charset=utf-8&format=JSON&method=alipay.tr'
    "ade.query&sign_type=RSA2&timestamp=2024-01-02 03:04:05&version=1.0"
)
REQUEST_SIGN = (
    "GVzAaCXU/sMxWkNu71xmtO1UyXf0UW/FH7YHgnbBgtXt2w4AE8BGC68n42BH2UmkRh1+wbpFs9xMlanFUyni3o3qVpqxEX8IZzMs"
    "LVGjvuhWET23/60iZ7ACDpYd/a4wrCTRdBW6LQ6cWx6SDvwpSMwc6m8xZGKs1Xl+riaRH976JgLbHQiplQRZ+HXNcKAaUK0ug5yu"
    "kBzjSjx6kPggeRp4M2yc71poueBPcmdCwSjcwgT9EnxgVrSu3PrVaw2UGkpNfBUXzJrRSPLkVNjIPkC3NCKZ73aUMGnG70MV4gm/"
    "hGwfzJUIaPcsBwDamSKuqnSrxU20tswJ7c59w9IpBA=="
)

# A real notice, by the V1 rule.
NOTICE_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqObrdC7hrgAVM98tK0nv3hSQRGGKT4lBsQjHiGjeYZjOPIPHR5knm2jn"
    "nz/YGIXIofVHkA/tAlBAd5DrY7YpvI4tP5EONLtZKC2ghBMx7McI2wRD0xiqzxOQr1FuhZGJ8/AUokBzJrzY+aGX2xcOrxFYRlFi"
    "lvVLTXg4LWjR1tdPkO6+i7wQZAIVMClPkwVRZEbaERRHlKqTzv2gGv5rDU8gRoe1LeaN+6BlbTqHWkQcNCUNrA8C6l17XAXGKDsm"
    "/9TFWwO8EPHHHCaQdjtV5/FdcWIt+L8SR1ss7EXTjYDFtxcKVv9rEoY1lX8T4mX+GbXfZHraG5NCF1+XioL5JwIDAQAB"
)
NOTICE = {
    "gmt_create": "2019-08-15 15:56:22",
    "charset": "utf-8",
    "seller_email": "z97-yuquerevenue@service.aliyun.com",
    "subject": "语雀空间 500人规模",
    "buyer_id": "2088102534368455",
    "invoice_amount": "0.10",
    "notify_id": "2019081500222155624068450559358070",
    "fund_bill_list": '[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]',
    "notify_type": "trade_status_sync",
    "trade_status": "TRADE_SUCCESS",
    "receipt_amount": "0.10",
    "buyer_pay_amount": "0.10",
    "sign_type": "RSA2",
    "app_id": "2019073166072302",
    "seller_id": "2088531891668739",
    "gmt_payment": "2019-08-15 15:56:24",
    "notify_time": "2019-08-15 15:56:25",
    "version": "1.0",
    "out_trade_no": "20190815155618536-564-57",
    "total_amount": "0.10",
    "trade_no": "2019081522001468450512505578",
    "auth_app_id": "2019073166072302",
    "buyer_logon_id": "xud***@126.com",
    "point_amount": "0.00",
}
NOTICE_SIGN = (
    "QfTb8tqE1BMhS5qAnXtvsF3/jBkEvu9q9en0pdbBUDDjvKycZhQb7h8GDs4FKfi049PynaNuatxSgLb/nLWZpXyyh0LEWdK2S6Ri"
    "7nPwrVgOs08zugLO20vOQz44y3ti2Ncm8/wZts1Fr2gZ7pShnVX3d1B50hbsXnObT1r/U8ONNQjWXd0HIul4TG+Q3fm3svmSvFEy"
    "0WnzuhcyHPX5Gm4ELNctL6Qd5YniGJFNcc7kopHYtI/XD9YCKCH6Ct02rzUs9i11C9CsadtZn+WhxF26Dqt9sGEFajkJ8cxUTLi8"
    "+VCpLHsgPE8P0y095uQcDdK0YjCh4x7wVSov+lrmOQ=="
)

# A push to the life account's gateway, by the V2 rule, in GBK.
PUSH_XML = (
    "<XML><AppId><![CDATA[2021000000000001]]></AppId><FromAlipayUserId><![CDATA[2088000000000001]]></From"
    "AlipayUserId><CreateTime><![CDATA[1704135845000]]></CreateTime><MsgType><![CDATA[event]]></MsgType><"
    'EventType><![CDATA[follow]]></EventType><ActionParam><![CDATA[]]></ActionParam><UserInfo><![CDATA[{"'
    'logon_id":"135****0000","user_name":"*三"}]]></UserInfo></XML>'
)
PUSH_SIGN = (
    "ZQ3w8mRU+8hYCzmmTUBq0i/7S2Mvp74r5fqMUl+NXxLOVCFZOO7LwybD/3HJI0JfRVVViQ/z71BEkL9cuLeNnKqXwH/2IZEFGj32"
    "B7dI8//ttr1XPgfsCGglc80z0gAH6lLSohrHvNJmV0zbuwoRbTaRHscVrbEdPGLEMH+SADTZAjNNH/FGxB9PQ0Q07scVAUpk74P8"
    "UDkkyAxkksZJPf7oc893guqrkHSbLjIQlKc8+dkELuFuSN9+ysPPmccTNx1EBQivK8Wa5zo1TUSK+2JnOeiFeBJyaSOz0eJNDCxM"
    "D2LHLB/mPs+Co7Xfnarg16/+YKii0vys69WJ2CqQKQ=="
)

# The signed answer to it.
REPLY_TEXT = "<success>true</success><biz_content>MIIB</biz_content>"
REPLY_SIGN = (
    "IGN2WwVl8wR0QU4NLsiC6zUPJ5/llkTfCQs22AxkNtbGrIzLVkE9I+GOcNfFQt6PGAXhuDrxdj/qJUK1IX0jWvPmcV5aCMH2p6N8"
    "iEMPHX+/jYxOhsFiWW1C62M7w/4FOjQP/q65yU0rdQz2KjGQuq2Lvko3/CqsIzqL3gDGoB3SlNdpqqNIJpDWuyi09WyBm6msv7mS"
    "RP+vzH+2X9IsuUglkAkWYe+8rGK1oHxOO5fQ+ME4Qg5ym85vI1tBIMCLFJDCB2mt0PJVyE7Jap2JfyNWEZg0qosdfvgAL72v50pM"
    "KjPmGAdOrgWDv8BhOUvXTzKqkpjOszP2RstYdruIQQ=="
)

# Section 5: issuer (encoded order reversed), serial number, SN.
SERIALS = (
    ("Ant Financial Certification Authority R1", "Certification Authority", "Ant Financial", 2292228364100439313, "687b59193f3f462dd5336e5abf83c5d8"),
    (
        "iTrusChina Class 2 Root CA - G3", "China Trust Network", "iTrusChina", 95790491425698859646659490580052089075020051350,
        "02941eef3187dddf3d3b83462e1dfcf6",
    ),
    (
        "Ant Financial Certification Authority Class 1 R1", "Certification Authority", "Ant Financial", 42701552708448241360226107228231049510,
        "866efef280dec9137a87d047ac446315",
    ),
    (
        "Ant Financial Certification Authority Class 2 R1", "Certification Authority", "Ant Financial", 42701552432456004857627230056898180491,
        "7513daaaa48aa3ba2e4018d84402479c",
    ),
)  # fmt: skip
