"""Aliyun SMS (protocols/aliyun_sms.md): SendSms, QuerySendDetails, receipts."""
