"""Which rate an optimizer uses, and what may stand in for it while a fit lasts."""
