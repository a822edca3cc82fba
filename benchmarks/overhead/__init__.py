"""What Sangaku itself costs: sweeps with a scripted model that answers at once and trivial programs in the real sandbox."""
