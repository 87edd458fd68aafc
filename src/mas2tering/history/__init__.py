"""What the platform remembers: the historical database, its anonymisation, and the detection of faulty data."""
