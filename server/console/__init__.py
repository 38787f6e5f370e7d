"""控制台: the rooms of the console and who may enter."""
