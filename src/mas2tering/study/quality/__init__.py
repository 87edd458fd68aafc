"""Readings of homes scanned for faults: from files, scored against labels, written as tables and a page."""
