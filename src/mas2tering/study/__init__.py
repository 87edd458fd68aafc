"""Studies: communities generated or measured, days planned, figures of merit, and the report that shows
them."""
