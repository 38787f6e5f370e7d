"""门诊余额: what was once paid into an outpatient card and may only go back. Nothing is paid in here."""
