"""Aliyun SMS (docs/protocols/aliyun_sms.md): SendSms, QuerySendDetails, receipts."""
