"""首页: what a patient needs now. Each capability says it in its own folder; nobody here knows their words."""
