"""员工: who works here, their roles, limits and proofs."""
