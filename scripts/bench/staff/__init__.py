"""Staff at work in a shop with a million orders: their pages and searches, the file of all orders, the door of an event."""
