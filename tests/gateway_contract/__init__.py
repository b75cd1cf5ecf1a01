"""What every payment gateway must do, tested against the provider's own wire protocol and books."""
