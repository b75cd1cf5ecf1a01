"""What every payment gateway can do, in value objects; nothing here knows orders."""
