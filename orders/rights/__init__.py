"""What shoppers agreed to, and what they may ask for: withdrawal, a copy of their data, erasure."""
