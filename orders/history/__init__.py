"""What happened to an order: written as events, read as a timeline, replayed to any moment."""
