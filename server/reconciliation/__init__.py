"""对账: the legs of a day, what matching finds between them, what people decide about it, and the close of the day."""
