"""SMS by Aliyun (docs/protocols/aliyun_sms.md): aliyun.py sends and looks up, receipts.py reads what Aliyun pushes."""
