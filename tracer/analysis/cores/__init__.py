"""Cores: who held which and when, what each task had of them, and who waited for one."""
