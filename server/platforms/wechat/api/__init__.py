"""What every app of WeChat's shares (official account, mini-program): the access token, calls that carry it, its errors and keyword rules."""
