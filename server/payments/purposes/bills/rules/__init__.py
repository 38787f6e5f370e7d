"""What is reckoned from bills. Pure."""
