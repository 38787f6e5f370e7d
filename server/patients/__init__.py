"""就诊人: who is there, by which entrance, with which cards, and which identities are one person."""
