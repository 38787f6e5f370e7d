"""预约挂号: departments, doctors and their shifts, one number locked, paid and confirmed, and the hospital's rules about it."""
