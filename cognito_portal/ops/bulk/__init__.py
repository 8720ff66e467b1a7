"""One act on many accounts: chosen, confirmed, and carried out by the worker one by one."""
