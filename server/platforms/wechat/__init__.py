"""WeChat: WeChat Pay (`pay`) and the official account (`official_account`)."""
