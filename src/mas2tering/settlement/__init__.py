"""The money of use case 2: what each member pays, why, and proof that nobody lost."""
