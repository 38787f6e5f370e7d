"""The staff's words for refunds in the chat."""
