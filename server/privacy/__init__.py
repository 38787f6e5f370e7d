"""个人信息: what is held about one person, told, erased, and kept no longer than the law asks."""
